#include "sensor/ingest/capture_filter.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <memory>

namespace ingest {
namespace {

constexpr int kSnapshotBytes = 262'144;

}  // namespace

std::string filter_fault(const std::string& filter) {
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(pcap_open_dead(DLT_EN10MB, kSnapshotBytes), pcap_close);
  for (const std::string& text : {filter, with_tags(with_pieces(filter))}) {
    bpf_program program{};
    if (!handle || pcap_compile(handle.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
      return fmt::format("`{}` is no capture filter: {}", filter, handle ? pcap_geterr(handle.get()) : "no memory");
    pcap_freecode(&program);
  }
  return {};
}

std::string with_pieces(const std::string& filter) {
  if (filter.empty()) return {};
  return fmt::format(
      "({}) or (ip[6:2] & 0x1fff != 0 and (ip[9] = 17 or ip[9] = 6)) or (ip6[6] = 44 and (ip6[40] = 17 or ip6[40] = 6 "
      "or "
      "ip6[40] = 60))",
      filter);
}

std::string with_tags(const std::string& filter) {
  if (filter.empty() || filter.find("vlan") != std::string::npos) return filter;
  // Each `vlan` moves the rest of the expression on by one tag, so the second stands inside the first.
  return fmt::format("({0}) or (vlan and (({0}) or (vlan and ({0}))))", filter);
}

}  // namespace ingest

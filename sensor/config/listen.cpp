// [[listen]] and [[tap]]: which keys go together.

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>

#include "sensor/config/binding.h"
#include "sensor/ingest/capture_filter.h"

namespace config {
namespace {

// Which transports a key means something for; keys that are not here mean something for all.
struct Meaning {
  std::string_view key;
  bool (*applies)(Transport);
  std::string_view where;
};
constexpr auto kNetwork = [](Transport transport) { return !is_unix(transport); };
constexpr auto kStream = [](Transport transport) { return !is_datagram(transport); };
constexpr auto kStreamOfNetwork = [](Transport transport) { return kStream(transport) && kNetwork(transport); };
constexpr auto kEncrypted = [](Transport transport) {
  return transport == Transport::tls || transport == Transport::relp;
};
constexpr Meaning kMeanings[] = {
    {"allow", kNetwork, "udp, tcp, tls, relp; a Unix socket's `socket_mode` and folder say who may send"},
    {"certificate", kEncrypted, "tls, relp"},
    {"private_key", kEncrypted, "tls, relp"},
    {"client_ca", kEncrypted, "tls, relp"},
    {"max_connections", kStream, "tcp, tls, relp, unix-stream"},
    {"max_connections_per_peer", kStreamOfNetwork, "tcp, tls, relp"},
    {"idle_timeout", kStream, "tcp, tls, relp, unix-stream"},
    {"frame_timeout", kStream, "tcp, tls, relp, unix-stream"},
    {"receive_buffer", [](Transport transport) { return transport == Transport::udp; }, "udp"},
    {"socket_mode", is_unix, "unix-dgram, unix-stream"},
};

constexpr std::size_t kMaxPathBytes = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

InputFaults listen_faults(const Listen& listen, const std::vector<std::string>& given) {
  InputFaults faults;
  const auto add = [&](std::string key, std::string what, std::string hint) {
    faults.push_back({std::move(key), {std::move(what), std::move(hint)}});
  };
  const char* transport = to_string(listen.transport);
  const auto is_given = [&](std::string_view key) { return std::find(given.begin(), given.end(), key) != given.end(); };
  for (const Meaning& meaning : kMeanings) {
    if (is_given(meaning.key) && !meaning.applies(listen.transport))
      add(std::string(meaning.key), fmt::format("means nothing for transport \"{}\"", transport),
          fmt::format("it is for {}", meaning.where));
  }
  if (is_unix(listen.transport)) {
    if (listen.path.empty())
      add("address", fmt::format("transport \"{}\" listens on a path", transport), "address = \"/run/lurewatch/log\"");
    else if (listen.path.size() > kMaxPathBytes)
      add("address",
          fmt::format("a Unix socket's path has at most {} bytes, this one {}", kMaxPathBytes, listen.path.size()),
          "choose a folder nearer to /, like /run/lurewatch");
  } else if (!listen.path.empty()) {
    add("address", fmt::format("transport \"{}\" listens on an address and a port", transport),
        "write \"0.0.0.0:514\" or \"[::]:514\"; a path is for unix-dgram and unix-stream");
  }
  const bool needs_certificate = listen.transport == Transport::tls || !listen.client_ca.empty();
  if (kEncrypted(listen.transport) && needs_certificate && listen.certificate.empty())
    add("certificate", "transport \"tls\" needs a certificate",
        "certificate = a PEM file with the server's certificate and the chain behind it");
  if (listen.certificate.empty() != listen.private_key.empty() && kEncrypted(listen.transport) &&
      (!listen.certificate.empty() || !needs_certificate))
    add("private_key", "certificate and private_key go together", "private_key = a PEM file, readable by the service");
  if (listen.max_connections_per_peer > listen.max_connections && is_given("max_connections_per_peer"))
    add("max_connections_per_peer", "is more than max_connections", "one peer can't have more than there are");
  return faults;
}

InputFaults tap_faults(const Listen& tap, const std::vector<std::string>&) {
  InputFaults faults;
  if (tap.interface.empty())
    faults.push_back(
        {"interface",
         {"a tap needs an interface", "interface = \"ens5\", as `ip link` names it; \"any\" reads all of them"}});
  if (const std::string fault = ingest::filter_fault(tap.filter); !fault.empty())
    faults.push_back(
        {"filter", {fault, "a filter as tcpdump takes it, pcap-filter(7): \"udp port 514 and net 10.0.0.0/8\""}});
  return faults;
}

}  // namespace config

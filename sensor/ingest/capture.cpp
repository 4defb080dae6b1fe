#include "sensor/ingest/capture.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sensor/ingest/capture_filter.h"

namespace ingest {
namespace {

using Kind = CaptureError::Kind;
using Handle = std::unique_ptr<pcap_t, void (*)(pcap_t*)>;

constexpr int kSnapshotBytes = 262'144;  // more than any packet has, joined by the card or not
constexpr int kBlockMilliseconds = 50;   // the longest that a packet waits in a block of the kernel's for others
constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999: a file may say anything
constexpr const char* kGrant =
    "cp /usr/share/doc/lurewatch/examples/systemd-examples/tap.conf /etc/systemd/system/lurewatch.service.d/ && "
    "systemctl daemon-reload && systemctl restart lurewatch";

std::optional<parsers::LinkType> link_of(int type) {
  switch (type) {
    case DLT_EN10MB:
      return parsers::LinkType::ethernet;
    case DLT_NULL:
    case DLT_LOOP:
      return parsers::LinkType::loopback;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return parsers::LinkType::raw_ip;
    case DLT_LINUX_SLL:
      return parsers::LinkType::linux_cooked;
    case DLT_LINUX_SLL2:
      return parsers::LinkType::linux_cooked2;
    default:
      return std::nullopt;
  }
}

class Program {
 public:
  // Keeps what compiles first.
  Program(pcap_t* handle, std::initializer_list<std::string> texts) {
    for (const std::string& text : texts) {
      is_set_ = pcap_compile(handle, &program_, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
      if (is_set_) return;
    }
  }
  ~Program() {
    if (is_set_) pcap_freecode(&program_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  bool is_set() const { return is_set_; }
  bpf_program* get() { return &program_; }
  bool matches(std::string_view frame) const {
    pcap_pkthdr header{};
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    return pcap_offline_filter(&program_, &header, reinterpret_cast<const unsigned char*>(frame.data())) != 0;
  }

 private:
  bpf_program program_{};
  bool is_set_ = false;
};

Handle dead(int link) { return {pcap_open_dead(link, kSnapshotBytes), pcap_close}; }

[[noreturn]] void cannot_open(const config::Listen& tap, int code, const std::string& detail) {
  const std::string where = fmt::format("input \"{}\": interface {}", tap.name, tap.interface);
  switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      throw CaptureError(Kind::no_interface,
                         fmt::format("{} does not exist; `ip link` lists those that there are", where));
    case PCAP_ERROR_IFACE_NOT_UP:
      throw CaptureError(Kind::not_up, fmt::format("{0} is down; ip link set {1} up", where, tap.interface));
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      throw CaptureError(Kind::no_permission,
                         fmt::format("{} can't be read without the capability CAP_NET_RAW; {}", where, kGrant));
    default:
      throw CaptureError(Kind::unreadable, fmt::format("{} can't be read: {}", where, detail));
  }
}

}  // namespace

struct Capture::Impl {
  // `filter` as written. Where two VLAN tags can't be looked past (cooked captures) the kernel has taken off the first.
  Impl(Handle opened, const std::string& filter, parsers::LinkType type)
      : handle(std::move(opened)),
        link(type),
        dead_ip(dead(DLT_RAW)),
        dead_link(dead(pcap_datalink(handle.get()))),
        whole_ip(dead_ip.get(), {filter}),
        whole_frame(dead_link.get(), {with_tags(filter), filter}) {
    const std::string pieces = with_pieces(filter);
    Program program(handle.get(), {with_tags(pieces), pieces, with_tags(filter), filter});
    if (!program.is_set() || pcap_setfilter(handle.get(), program.get()) != 0)
      throw CaptureError(Kind::unreadable,
                         fmt::format("`{}` can't filter this: {}", filter, pcap_geterr(handle.get())));
  }

  Handle handle;
  parsers::LinkType link;
  Handle dead_ip, dead_link;
  Program whole_ip, whole_frame;
  std::string frame;  // room for a packet that came in pieces
};

Capture::Capture(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Capture::~Capture() = default;
Capture::Capture(Capture&&) noexcept = default;
Capture& Capture::operator=(Capture&&) noexcept = default;

Capture Capture::of_interface(const config::Listen& tap) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  Handle handle(pcap_create(tap.interface.c_str(), error.data()), pcap_close);
  if (!handle) cannot_open(tap, PCAP_ERROR, error.data());
  pcap_t* raw = handle.get();
  pcap_set_snaplen(raw, kSnapshotBytes);
  pcap_set_promisc(raw, tap.promiscuous);
  pcap_set_timeout(raw, kBlockMilliseconds);
  pcap_set_buffer_size(raw, static_cast<int>(tap.capture_buffer_bytes));
  if (const int code = pcap_activate(raw); code < 0) cannot_open(tap, code, pcap_geterr(raw));
  if (pcap_setnonblock(raw, 1, error.data()) != 0) cannot_open(tap, PCAP_ERROR, error.data());
  if (!tap.both_directions && pcap_setdirection(raw, PCAP_D_IN) != 0) cannot_open(tap, PCAP_ERROR, pcap_geterr(raw));
  const auto link = link_of(pcap_datalink(raw));
  if (!link)
    cannot_open(tap, PCAP_ERROR, fmt::format("its link type {} is not one that is understood", pcap_datalink(raw)));
  return Capture(std::make_unique<Impl>(std::move(handle), tap.filter, *link));
}

Capture Capture::of_file(const std::string& path, const std::string& filter) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  Handle handle(pcap_open_offline(path.c_str(), error.data()), pcap_close);
  if (!handle) throw CaptureError(Kind::unreadable, fmt::format("{} can't be read: {}", path, error.data()));
  const auto link = link_of(pcap_datalink(handle.get()));
  if (!link)
    throw CaptureError(Kind::unreadable, fmt::format("{}: link type {} is not one that is understood; Ethernet, Linux "
                                                     "cooked, loopback and raw IP are",
                                                     path, pcap_datalink(handle.get())));
  return Capture(std::make_unique<Impl>(std::move(handle), filter, *link));
}

parsers::LinkType Capture::link() const { return impl_->link; }

Capture::Next Capture::next(Packet& packet) {
  pcap_pkthdr* header = nullptr;
  const unsigned char* bytes = nullptr;
  switch (pcap_next_ex(impl_->handle.get(), &header, &bytes)) {
    case 1:
      break;
    case 0:
      return Next::nothing;
    case PCAP_ERROR_BREAK:
      return Next::end;
    default:
      return Next::failed;
  }
  packet.bytes = {reinterpret_cast<const char*>(bytes), header->caplen};
  const std::int64_t second = std::clamp<std::int64_t>(header->ts.tv_sec, 0, kLastSecond);
  const std::int64_t micros = std::clamp<std::int64_t>(header->ts.tv_usec, 0, 999'999);
  packet.captured = parsers::from_micros(second * 1'000'000 + micros);
  return Next::packet;
}

std::string Capture::error() const { return pcap_geterr(impl_->handle.get()); }

int Capture::descriptor() const { return pcap_get_selectable_fd(impl_->handle.get()); }

std::optional<Capture::Drops> Capture::drops() const {
  pcap_stat stats{};
  if (pcap_stats(impl_->handle.get(), &stats) != 0) return std::nullopt;
  return Drops{stats.ps_drop, stats.ps_ifdrop};
}

bool Capture::wants(std::string_view headers, std::size_t ip_header_at, std::string_view payload) {
  // A filter that speaks of addresses and ports alone is asked about the IP packet, whatever is in front of it.
  const bool by_ip = impl_->whole_ip.is_set();
  impl_->frame.assign(headers.substr(by_ip ? std::min(ip_header_at, headers.size()) : 0));
  impl_->frame += payload;
  return (by_ip ? impl_->whole_ip : impl_->whole_frame).matches(impl_->frame);
}

bool Capture::is_file(std::string_view first_bytes) {
  constexpr std::array<std::string_view, 7> kMagic = {"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d",
                                                      "\x4d\x3c\xb2\xa1", "\xa1\xb2\xcd\x34", "\x34\xcd\xb2\xa1",
                                                      "\x0a\x0d\x0d\x0a"};
  return std::any_of(kMagic.begin(), kMagic.end(), [&](auto magic) { return first_bytes.starts_with(magic); });
}

std::string capture_fault(const config::Listen& tap) {
  try {
    Capture::of_interface(tap);
    return {};
  } catch (const CaptureError& error) {
    return error.what();
  }
}

}  // namespace ingest

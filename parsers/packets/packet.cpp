#include "parsers/packets/packet.h"

#include <algorithm>
#include <optional>

namespace parsers {
namespace {

constexpr std::uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd;
constexpr std::uint16_t kVlan = 0x8100, kServiceVlan = 0x88a8, kOldServiceVlan = 0x9100;
constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51, kDestination = 60,
                       kMobility = 135, kHip = 139, kShim6 = 140;
constexpr std::size_t kIpv4HeaderBytes = 20, kIpv6HeaderBytes = 40, kFragmentHeaderBytes = 8, kUdpHeaderBytes = 8,
                      kTcpHeaderBytes = 20;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }
std::uint16_t u16_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}
std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(u16_at(bytes, at)) << 16 | u16_at(bytes, at + 2);
}

IpAddress address_at(std::string_view bytes, std::size_t at, bool is_v6) {
  IpAddress address;
  address.is_v6 = is_v6;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), is_v6 ? 16 : 4, address.bytes.begin());
  return address;
}

// Where the network header begins, and which it is; 0: what IP itself says.
struct Network {
  std::size_t at = 0;
  std::uint16_t type = 0;
};

std::optional<Network> read_link(LinkType link, std::string_view frame) {
  struct Shape {
    std::size_t header_bytes, type_at;
  };
  constexpr Shape kShapes[] = {{14, 12}, {4, 0}, {0, 0}, {16, 14}, {20, 0}};  // by LinkType
  const Shape shape = kShapes[static_cast<std::size_t>(link)];
  if (frame.size() < shape.header_bytes) return std::nullopt;
  Network network{shape.header_bytes, 0};
  if (link == LinkType::raw_ip || link == LinkType::loopback) return network;
  network.type = u16_at(frame, shape.type_at);
  for (int tags = 0; network.type == kVlan || network.type == kServiceVlan || network.type == kOldServiceVlan;) {
    if (++tags > kMaxVlanTags || frame.size() < network.at + 4) return std::nullopt;
    network.type = u16_at(frame, network.at + 2);
    network.at += 4;
  }
  return network;
}

Decoded read_ipv4(std::string_view frame, std::size_t at, IpPacket& packet) {
  const std::string_view ip = frame.substr(at);
  if (ip.size() < kIpv4HeaderBytes) return Decoded::malformed;
  const std::size_t header_bytes = std::size_t{4} * (byte_at(ip, 0) & 0x0f);
  // 0: the card is still to cut it into packets, and what was captured is the length.
  const std::size_t total = u16_at(ip, 2) ? u16_at(ip, 2) : ip.size();
  if (header_bytes < kIpv4HeaderBytes || ip.size() < header_bytes || total < header_bytes) return Decoded::malformed;
  packet.source = address_at(ip, 12, false);
  packet.destination = address_at(ip, 16, false);
  packet.protocol = byte_at(ip, 9);
  packet.headers = frame.substr(0, at + header_bytes);
  packet.payload = ip.substr(header_bytes, total - header_bytes);
  packet.is_cut = total > ip.size();
  packet.ip_header_at = at;
  packet.protocol_at = at + 9;
  packet.more_fragments = byte_at(ip, 6) & 0x20;
  packet.fragment_offset = std::size_t{8} * (u16_at(ip, 6) & 0x1fffu);
  packet.fragment_id = u16_at(ip, 4);
  packet.is_fragment = packet.more_fragments || packet.fragment_offset > 0;
  return Decoded::yes;
}

bool is_extension(std::uint8_t header) {
  constexpr std::uint8_t kKnown[] = {kHopByHop, kRouting, kAuthentication, kDestination, kMobility, kHip, kShim6};
  return std::find(std::begin(kKnown), std::end(kKnown), header) != std::end(kKnown);
}

// Goes over the headers between IPv6's and the payload; a fragment header ends the way, for behind it is a piece.
Decoded skip_extensions(std::string_view frame, IpPacket& packet) {
  for (int headers = 0; is_extension(packet.protocol) || packet.protocol == kFragment; ++headers) {
    if (headers == kMaxExtensionHeaders || packet.payload.size() < 8) return Decoded::malformed;
    const std::string_view header = packet.payload;
    const bool is_fragment = packet.protocol == kFragment;
    const std::size_t bytes = is_fragment                          ? kFragmentHeaderBytes
                              : packet.protocol == kAuthentication ? std::size_t{4} * (byte_at(header, 1) + 2u)
                                                                   : std::size_t{8} * (byte_at(header, 1) + 1u);
    if (header.size() < bytes) return Decoded::malformed;
    const std::size_t begin = static_cast<std::size_t>(header.data() - frame.data());
    packet.protocol = byte_at(header, 0);
    packet.payload.remove_prefix(bytes);
    if (is_fragment) {
      packet.more_fragments = byte_at(header, 3) & 1;
      packet.fragment_offset = u16_at(header, 2) & 0xfff8u;
      packet.fragment_id = u32_at(header, 4);
      packet.is_fragment = packet.more_fragments || packet.fragment_offset > 0;
      if (packet.is_fragment) return Decoded::yes;
      packet.passed_unasked = true;
    } else {
      packet.headers = frame.substr(0, begin + bytes);
      packet.protocol_at = begin;
    }
  }
  return Decoded::yes;
}

Decoded read_ipv6(std::string_view frame, std::size_t at, IpPacket& packet) {
  const std::string_view ip = frame.substr(at);
  if (ip.size() < kIpv6HeaderBytes) return Decoded::malformed;
  const std::size_t captured = ip.size() - kIpv6HeaderBytes;
  const std::size_t length = u16_at(ip, 4) ? u16_at(ip, 4) : captured;  // 0: a jumbogram, or not yet cut
  packet.source = address_at(ip, 8, true);
  packet.destination = address_at(ip, 24, true);
  packet.protocol = byte_at(ip, 6);
  packet.headers = frame.substr(0, at + kIpv6HeaderBytes);
  packet.payload = ip.substr(kIpv6HeaderBytes, length);
  packet.is_cut = length > captured;
  packet.ip_header_at = at;
  packet.protocol_at = at + 6;
  return skip_extensions(frame, packet);
}

}  // namespace

Decoded read_ip(LinkType link, std::string_view frame, IpPacket& packet) {
  packet = {};
  const auto network = read_link(link, frame);
  if (!network || network->at >= frame.size()) return Decoded::malformed;
  if (network->type && network->type != kIpv4 && network->type != kIpv6) return Decoded::other;
  const int version = byte_at(frame, network->at) >> 4;
  if (network->type && version != (network->type == kIpv4 ? 4 : 6)) return Decoded::malformed;
  if (version == 4) return read_ipv4(frame, network->at, packet);
  return version == 6 ? read_ipv6(frame, network->at, packet) : Decoded::other;
}

Decoded read_segment(const IpPacket& packet, Segment& segment) {
  segment = {};
  IpPacket inner = packet;  // what was put together may begin with headers that were cut into pieces too
  if (packet.source.is_v6 && is_extension(packet.protocol)) {
    if (skip_extensions(packet.payload, inner) == Decoded::malformed) return Decoded::malformed;
    if (inner.is_fragment) return Decoded::malformed;
  }
  const std::string_view bytes = inner.payload;
  segment.is_tcp = inner.protocol == kTcp;
  segment.is_cut = inner.is_cut;
  if (!segment.is_tcp && inner.protocol != kUdp) return Decoded::other;
  if (bytes.size() < (segment.is_tcp ? kTcpHeaderBytes : kUdpHeaderBytes)) return Decoded::malformed;
  segment.source_port = u16_at(bytes, 0);
  segment.destination_port = u16_at(bytes, 2);
  if (!segment.is_tcp) {
    const std::size_t length = u16_at(bytes, 4);
    if (length && length < kUdpHeaderBytes) return Decoded::malformed;
    segment.payload = bytes.substr(kUdpHeaderBytes, length ? length - kUdpHeaderBytes : std::string_view::npos);
    segment.is_cut = segment.is_cut || length > bytes.size();
    return Decoded::yes;
  }
  const std::size_t header_bytes = std::size_t{4} * (byte_at(bytes, 12) >> 4);
  if (header_bytes < kTcpHeaderBytes || header_bytes > bytes.size()) return Decoded::malformed;
  const std::uint8_t flags = byte_at(bytes, 13);
  segment.sequence = u32_at(bytes, 4);
  segment.fin = flags & 0x01;
  segment.syn = flags & 0x02;
  segment.reset = flags & 0x04;
  segment.payload = bytes.substr(header_bytes);
  return Decoded::yes;
}

}  // namespace parsers

// A captured frame down to what UDP or TCP carries: link header, VLAN tags, IPv4 or IPv6 with its extension headers.
//
// Formats: link types by tcpdump.org/linktypes.html (1 Ethernet, 0 and 108 BSD loopback, 12/101 raw IP, 113 and 276
// Linux cooked); IEEE 802.1Q and 802.1ad tags; RFC 791; RFC 8200 with RFC 4302 (AH); RFC 768; RFC 9293. Checksums are
// not verified: what leaves or enters by an offloading card carries none yet.
//
// Bytes in, views out: everything points into the frame. Hostile frames give `malformed`, never more than they hold.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace parsers {

enum class LinkType { ethernet, loopback, raw_ip, linux_cooked, linux_cooked2 };

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four
  bool is_v6 = false;
  bool operator==(const IpAddress&) const = default;
};

enum class Decoded {
  yes,
  other,  // whole, but nothing for us: ARP, ICMP, an encrypted payload
  malformed
};

struct IpPacket {
  IpAddress source, destination;
  std::uint8_t protocol = 0;  // of the payload: 17 UDP, 6 TCP; of a fragment, what the whole begins with
  std::string_view headers;   // link and IP headers, as far as the payload; of a fragment without its fragment header
  std::string_view payload;
  bool is_cut = false;  // captured with a snapshot length that is less than the packet's

  // Has a fragment header though it is whole (RFC 6946): a filter can't see its ports, so it passes unasked as pieces
  // do.
  bool passed_unasked = false;

  bool is_fragment = false;
  bool more_fragments = false;
  std::uint32_t fragment_id = 0;
  std::size_t fragment_offset = 0;  // bytes
  std::size_t ip_header_at = 0;     // in `headers`
  std::size_t protocol_at = 0;      // in `headers`: the byte that says what follows them
};

struct Segment {
  bool is_tcp = false;
  std::uint16_t source_port = 0, destination_port = 0;
  std::string_view payload;
  bool is_cut = false;
  std::uint32_t sequence = 0;  // TCP
  bool syn = false, fin = false, reset = false;
};

// More than this of either kind is no network's, and the frame is malformed.
inline constexpr int kMaxVlanTags = 4;
inline constexpr int kMaxExtensionHeaders = 8;

Decoded read_ip(LinkType link, std::string_view frame, IpPacket& packet);
// Of a packet that is no fragment.
Decoded read_segment(const IpPacket& packet, Segment& segment);

}  // namespace parsers

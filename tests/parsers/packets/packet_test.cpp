#include "parsers/packets/packet.h"

#include <doctest/doctest.h>

#include "tests/support/frames.h"

using namespace frames;
using parsers::Decoded;
using parsers::LinkType;

namespace {

struct Read {
  Decoded decoded = Decoded::yes;
  parsers::IpPacket packet;
  parsers::Segment segment;
};

Read read(LinkType link, std::string_view frame) {
  Read read;
  read.decoded = parsers::read_ip(link, frame, read.packet);
  if (read.decoded == Decoded::yes && !read.packet.is_fragment)
    read.decoded = parsers::read_segment(read.packet, read.segment);
  return read;
}

}  // namespace

TEST_CASE("packet: what UDP carries is found behind every link header") {
  const std::string v4 = ipv4(kUdp, udp("hello")), v6 = ipv6(kUdp, udp("hello"));
  const std::string options = u8(0x46) + v4.substr(1, 1) + u16(37) + v4.substr(4, 16) + u32(0x01010101) + v4.substr(20);
  const std::string hop(u8(60) + u8(0) + std::string(6, '\0')), destination(u8(kUdp) + u8(1) + std::string(14, '\0'));
  const std::string authentication(u8(kUdp) + u8(1) + std::string(10, '\0'));
  const struct {
    const char* name;
    LinkType link;
    std::string frame;
  } kRows[] = {
      {"Ethernet", LinkType::ethernet, ethernet(v4)},
      {"Ethernet, IPv6", LinkType::ethernet, ethernet(v6)},
      {"one tag", LinkType::ethernet, ethernet(v4, {100})},
      {"two tags", LinkType::ethernet, ethernet(v6, {100, 200})},
      {"four tags", LinkType::ethernet, ethernet(v4, {1, 2, 3, 4})},
      {"padding behind a short packet", LinkType::ethernet, ethernet(v4) + std::string(20, '\0')},
      {"IP options", LinkType::ethernet, ethernet(options)},
      {"IPv6 extension headers", LinkType::raw_ip, ipv6(0, hop + destination + udp("hello"))},
      {"IPv6 authentication header", LinkType::raw_ip, ipv6(51, authentication + udp("hello"))},
      {"a whole packet with a fragment header", LinkType::raw_ip, ipv6_piece(kUdp, udp("hello"), {})},
      {"raw", LinkType::raw_ip, v4},
      {"loopback", LinkType::loopback, u32(2) + v4},
      {"cooked", LinkType::linux_cooked, std::string(14, '\0') + u16(0x0800) + v4},
      {"cooked with a tag", LinkType::linux_cooked, std::string(14, '\0') + u16(0x8100) + u16(5) + u16(0x86dd) + v6},
      {"cooked 2", LinkType::linux_cooked2, u16(0x86dd) + std::string(18, '\0') + v6},
  };
  for (const auto& [name, link, frame] : kRows) {
    CAPTURE(name);
    const Read got = read(link, frame);
    CHECK(got.decoded == Decoded::yes);
    CHECK(got.segment.payload == "hello");
    CHECK(got.segment.destination_port == 514);
    CHECK_FALSE(got.segment.is_tcp);
    CHECK_FALSE(got.segment.is_cut);
  }
}

TEST_CASE("packet: no frame of any length gives more than it holds") {
  for (const std::string& whole : {ethernet(ipv4(kUdp, udp("hello")), {7}), ethernet(ipv6(kTcp, tcp("hello", 1))),
                                   ethernet(ipv6(0, u8(kTcp) + u8(0) + std::string(6, '\0') + tcp("hello", 1)))}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      const Read got = read(LinkType::ethernet, std::string_view(whole).substr(0, length));
      const bool is_honest = got.decoded == Decoded::malformed || got.segment.is_cut;
      CHECK(is_honest);
      CHECK(got.segment.payload.size() < 5);
    }
  }
}

TEST_CASE("packet: what holds together but is not ours, and what does not hold together") {
  std::string long_udp = udp("hello");
  long_udp[5] = 4;  // less than its own header
  std::string small_header = ipv4(kUdp, udp("hello"));
  small_header[0] = 0x44;
  std::string tcp_offset = tcp("hello", 1);
  tcp_offset[12] = 0x40;
  std::string extensions;
  for (int i = 0; i < 9; ++i) extensions += u8(60) + u8(0) + std::string(6, '\0');
  const struct {
    const char* name;
    std::string frame;
    Decoded decoded;
  } kRows[] = {
      {"ARP", std::string(12, '\2') + u16(0x0806) + std::string(28, '\0'), Decoded::other},
      {"ICMP", ethernet(ipv4(1, "ping")), Decoded::other},
      {"encrypted", ethernet(ipv6(50, "secret")), Decoded::other},
      {"empty", "", Decoded::malformed},
      {"five tags", ethernet(ipv4(kUdp, udp("x")), {1, 2, 3, 4, 5}), Decoded::malformed},
      {"IPv6 where IPv4 is said", std::string(12, '\2') + u16(0x0800) + ipv6(kUdp, udp("x")), Decoded::malformed},
      {"header too small", ethernet(small_header), Decoded::malformed},
      {"UDP length too small", ethernet(ipv4(kUdp, long_udp)), Decoded::malformed},
      {"TCP offset too small", ethernet(ipv4(kTcp, tcp_offset)), Decoded::malformed},
      {"nine extension headers", ethernet(ipv6(60, extensions)), Decoded::malformed},
  };
  for (const auto& [name, frame, decoded] : kRows) {
    CAPTURE(name);
    CHECK(read(LinkType::ethernet, frame).decoded == decoded);
  }
}

TEST_CASE("packet: pieces say which whole they belong to") {
  const Read v4 = read(LinkType::ethernet, ethernet(ipv4(kUdp, std::string(16, 'x'), {7, 24, true}), {9}));
  CHECK(v4.packet.is_fragment);
  CHECK(v4.packet.more_fragments);
  CHECK(v4.packet.fragment_offset == 24);
  CHECK(v4.packet.fragment_id == 7);
  const Read v6 = read(LinkType::ethernet, ethernet(ipv6_piece(kUdp, std::string(16, 'x'), {8, 24, false})));
  CHECK(v6.packet.is_fragment);
  CHECK_FALSE(v6.packet.more_fragments);
  CHECK(v6.packet.fragment_offset == 24);
  CHECK(v6.packet.fragment_id == 8);
  CHECK(v6.packet.headers.size() == 14 + 40);
}

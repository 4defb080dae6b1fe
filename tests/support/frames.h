// Frames made by hand, for the tests of captured packets.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace frames {

inline std::string u8(unsigned value) { return std::string(1, static_cast<char>(value)); }
inline std::string u16(unsigned value) { return u8(value >> 8 & 0xff) + u8(value & 0xff); }
inline std::string u32(std::uint32_t value) { return u16(value >> 16) + u16(value & 0xffff); }

constexpr unsigned kTcp = 6, kUdp = 17;

inline std::string udp(std::string_view payload, unsigned port = 514, unsigned source_port = 40000) {
  return u16(source_port) + u16(port) + u16(static_cast<unsigned>(8 + payload.size())) + u16(0) + std::string(payload);
}

constexpr unsigned kFin = 0x01, kSyn = 0x02, kReset = 0x04, kAck = 0x10;
inline std::string tcp(std::string_view payload, std::uint32_t sequence, unsigned flags = kAck,
                       unsigned source_port = 40000) {
  return u16(source_port) + u16(514) + u32(sequence) + u32(0) + u8(5 << 4) + u8(flags) + u16(65535) + u32(0) +
         std::string(payload);
}

struct Piece {
  unsigned id = 1, offset = 0;
  bool more = false;
};

// From 192.0.2.1 to 198.51.100.1.
inline std::string ipv4(unsigned protocol, std::string_view payload, Piece piece = {}, unsigned last_octet = 1) {
  const auto total = static_cast<unsigned>(20 + payload.size());
  return u8(0x45) + u8(0) + u16(total) + u16(piece.id) + u16((piece.more ? 0x2000u : 0u) | piece.offset / 8) + u8(64) +
         u8(protocol) + u16(0) + u32(0xc0000200u + last_octet) + u32(0xc6336401u) + std::string(payload);
}

// From 2001:db8::1 to 2001:db8::2.
inline std::string ipv6(unsigned next, std::string_view payload) {
  const std::string prefix = u16(0x2001) + u16(0x0db8) + std::string(10, '\0');
  return u32(6u << 28) + u16(static_cast<unsigned>(payload.size())) + u8(next) + u8(64) + prefix + u16(1) + prefix +
         u16(2) + std::string(payload);
}
inline std::string ipv6_piece(unsigned protocol, std::string_view payload, Piece piece) {
  return ipv6(44,
              u8(protocol) + u8(0) + u16(piece.offset | (piece.more ? 1u : 0u)) + u32(piece.id) + std::string(payload));
}

inline unsigned ethertype(std::string_view ip) { return (ip.empty() || ip[0] >> 4 == 4) ? 0x0800u : 0x86ddu; }

inline std::string ethernet(std::string_view ip, const std::vector<unsigned>& tags = {}) {
  std::string frame(12, '\x02');
  for (const unsigned tag : tags) frame += u16(tag == tags.back() ? 0x8100 : 0x88a8) + u16(tag);
  return frame + u16(ethertype(ip)) + std::string(ip);
}

}  // namespace frames

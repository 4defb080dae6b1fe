#include "parsers/utf8.h"

#include <cstdint>
#include <cstring>

namespace parsers {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

// Bytes of the well-formed sequence at `at` (Unicode 15, table 3-7); 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size() || !is_continuation(text[at + i])) return 0;
  }
  const unsigned second = byte(1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return length;
}

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// Whether one of the eight bytes at `at` is outside ASCII.
std::uint64_t high_bits(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word & kHighBits;
}

}  // namespace

bool is_ascii(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const char* const at = text.data();
  if (text.size() < kWord) {
    unsigned any = 0;
    for (const char c : text) any |= static_cast<unsigned char>(c);
    return any < 0x80;
  }
  std::uint64_t any = high_bits(at + text.size() - kWord);
  for (std::size_t i = 0; i + kWord <= text.size(); i += kWord) any |= high_bits(at + i);
  return any == 0;
}

bool is_utf8(std::string_view text) {
  if (is_ascii(text)) return true;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string{text};
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length != 0) {
      out.append(text, at, length);
      at += length;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[at++]);
    out.push_back(static_cast<char>(0xc0u | (byte >> 6)));
    out.push_back(static_cast<char>(0x80u | (byte & 0x3fu)));
  }
  return out;
}

}  // namespace parsers

// ASCII alone, whatever the locale: what the formats that are read here mean by case, digits and blanks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace parsers {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}
constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

constexpr bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && equal_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

// Eight bytes at once: adding carries no byte over into the next where the highest bit is cleared first.
constexpr std::uint64_t lower_bytes(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u, kHigh = 0x80 * kOnes;
  const std::uint64_t low = bytes & ~kHigh;
  const std::uint64_t from_a = low + (0x80 - 'A') * kOnes, behind_z = low + (0x7f - 'Z') * kOnes;
  return bytes | ((from_a & ~behind_z & ~bytes & kHigh) >> 2);
}

inline void append_lower(std::string_view text, std::string& out) {
  constexpr std::size_t kEight = sizeof(std::uint64_t);
  const std::size_t size = text.size();
  out.append(text);
  char* const added = out.data() + out.size() - size;
  if (size < kEight) {
    for (std::size_t i = 0; i < size; ++i) added[i] = to_lower(added[i]);
    return;
  }
  const auto lower_at = [added](std::size_t at) {
    std::uint64_t bytes;
    std::memcpy(&bytes, added + at, kEight);
    bytes = lower_bytes(bytes);
    std::memcpy(added + at, &bytes, kEight);
  };
  for (std::size_t at = 0; at + kEight <= size; at += kEight) lower_at(at);
  lower_at(size - kEight);
}

inline std::string lower_text(std::string_view text) {
  std::string lower;
  append_lower(text, lower);
  return lower;
}

// Some of the 256 bytes. One look-up a byte, where std::string_view::find_first_of() makes one call of memchr().
class ByteSet {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  constexpr ByteSet() = default;
  constexpr explicit ByteSet(std::string_view bytes) { add(bytes); }
  constexpr ByteSet& add(std::string_view bytes) {
    for (const char c : bytes) has_[static_cast<unsigned char>(c)] = true;
    return *this;
  }
  // Both ends are in the set.
  constexpr ByteSet& add_range(unsigned first, unsigned last) {
    for (unsigned byte = first; byte <= last; ++byte) has_[byte] = true;
    return *this;
  }

  constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }
  // The first byte of `text` at or after `from` that is in the set, or kNone.
  constexpr std::size_t find_in(std::string_view text, std::size_t from = 0) const {
    for (std::size_t i = from; i < text.size(); ++i) {
      if (has(text[i])) return i;
    }
    return kNone;
  }
  constexpr std::size_t find_not_in(std::string_view text, std::size_t from = 0) const {
    for (std::size_t i = from; i < text.size(); ++i) {
      if (!has(text[i])) return i;
    }
    return kNone;
  }
  constexpr bool is_in(std::string_view text) const { return find_in(text) != kNone; }
  constexpr std::string_view trim(std::string_view text) const {
    while (!text.empty() && has(text.front())) text.remove_prefix(1);
    return trim_end(text);
  }
  constexpr std::string_view trim_end(std::string_view text) const {
    while (!text.empty() && has(text.back())) text.remove_suffix(1);
    return text;
  }

 private:
  std::array<bool, 256> has_{};
};

}  // namespace parsers

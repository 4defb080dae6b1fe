// What the first 64 bytes of a URL are, one bit a byte: with AVX-512 where the machine has it, else sixteen at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace parsers {

// Bit i is byte i's; those behind the end of the text are 0.
struct UrlBits {
  static constexpr std::size_t kBytes = 64;

  std::uint64_t name;   // what stands in a canonical name: a-z 0-9 - _ and dots
  std::uint64_t plain;  // what stands in a canonical path and query as it is, but for '(', which may begin "(dot)"
  std::uint64_t dots, slashes, questions;

  bool operator==(const UrlBits&) const = default;
};

UrlBits url_bits(std::string_view text);
// All ways to do it that this machine has; url_bits takes the last.
using FindUrlBits = UrlBits (*)(std::string_view text);
std::vector<FindUrlBits> url_bits_of_machine();

}  // namespace parsers

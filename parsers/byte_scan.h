// Finds the '=' of a text with the blank in front of each: 64 bytes at a time, with AVX2 or SSE2 where the machine has
// it, else byte by byte.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parsers {

inline constexpr std::size_t kBlockBytes = 64;

// Of up to 1,024 bytes, enough for most messages: bit i of word n stands for byte 64 * n + i.
struct ByteMasks {
  static constexpr std::size_t kWords = 16;
  static constexpr std::size_t kBytes = kWords * kBlockBytes;
  std::array<std::uint64_t, kWords> equals;
  std::array<std::uint64_t, kWords> blanks;
};

// Kinds of bytes that ask for a closer look.
enum RareByte : unsigned {
  kBackslash = 1,
  kHash = 2,
  kPercent = 4,
  kControl = 8,   // 0x00 to 0x1f
  kForeign = 16,  // outside ASCII
};

// Fills a word for every 64 bytes that are begun of `text`, which is no longer than ByteMasks::kBytes; bits behind its
// end are 0. Returns the RareBytes that it holds.
unsigned scan_bytes(std::string_view text, ByteMasks& masks);
// The same without the machine's help, and with no more than every x86-64 has; what scan_bytes is compared with.
unsigned scan_bytes_one_by_one(std::string_view text, ByteMasks& masks);
unsigned scan_bytes_sse2(std::string_view text, ByteMasks& masks);

// Calls visit(equals, blank) for each '=' of a text, in order, with the place of the last blank in front of it, or
// kNone of std::string_view. `rare` gathers the RareBytes: of the text up to that '=' at the least. `masks` is room to
// work in.
template <class Visit>
[[gnu::always_inline]] inline void for_each_equals(std::string_view text, ByteMasks& masks, unsigned& rare,
                                                   Visit visit) {
  std::size_t blank_before = std::string_view::npos;
  const auto last_bit = [](std::uint64_t word) { return static_cast<std::size_t>(63 - std::countl_zero(word)); };
  for (std::size_t block = 0; block < text.size(); block += ByteMasks::kBytes) {
    const std::size_t end = std::min(text.size(), block + ByteMasks::kBytes);
    rare |= scan_bytes(text.substr(block, end - block), masks);
    for (std::size_t base = block, word = 0; base < end; base += kBlockBytes, ++word) {
      const std::uint64_t blanks = masks.blanks[word];
      for (std::uint64_t equals = masks.equals[word]; equals != 0; equals &= equals - 1) {
        const std::uint64_t before = blanks & (equals - 1) & ~equals;
        visit(base + static_cast<std::size_t>(std::countr_zero(equals)),
              before != 0 ? base + last_bit(before) : blank_before);
      }
      if (blanks != 0) blank_before = base + last_bit(blanks);
    }
  }
}

}  // namespace parsers

// Finds the '=' of a text with the blank in front of each, 64 bytes at a time: with SSE2 where the machine has it, else
// byte by byte.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace parsers {

inline constexpr std::size_t kBlockBytes = 64;

// Bit i stands for byte i of a block.
struct BlockMasks {
  std::uint64_t equals = 0;
  std::uint64_t blanks = 0;
  bool has_rare = false;  // '\\', '#', '%', a line break, or a byte outside ASCII
};

inline BlockMasks masks_of(const char* block) {
  BlockMasks masks;
#if defined(__SSE2__)
  __m128i rare = _mm_setzero_si128();
  for (std::size_t i = 0; i < kBlockBytes; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const auto is = [bytes](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    const auto bits = [](__m128i found) { return static_cast<std::uint64_t>(_mm_movemask_epi8(found)); };
    masks.equals |= bits(is('=')) << i;
    masks.blanks |= bits(is(' ')) << i;
    // The sign bit of the bytes themselves tells those outside ASCII.
    const __m128i marks = _mm_or_si128(_mm_or_si128(is('\\'), is('#')), _mm_or_si128(is('%'), bytes));
    rare = _mm_or_si128(rare, _mm_or_si128(marks, _mm_or_si128(is('\n'), is('\r'))));
  }
  masks.has_rare = _mm_movemask_epi8(rare) != 0;
#else
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const char c = block[i];
    masks.equals |= static_cast<std::uint64_t>(c == '=') << i;
    masks.blanks |= static_cast<std::uint64_t>(c == ' ') << i;
    masks.has_rare |= c == '\\' || c == '#' || c == '%' || c == '\n' || c == '\r' || static_cast<signed char>(c) < 0;
  }
#endif
  return masks;
}

// The places of '=' in a text, in order, each with the last blank in front of it.
class EqualsFinder {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  explicit EqualsFinder(std::string_view text) : text_(text) { load(); }

  // The next '=', or kNone.
  std::size_t next() {
    while (masks_.equals == 0) {
      if (base_ + kBlockBytes >= text_.size()) return kNone;
      if (masks_.blanks != 0) blank_before_ = last_blank(masks_.blanks);
      base_ += kBlockBytes;
      load();
    }
    const auto bit = static_cast<unsigned>(std::countr_zero(masks_.equals));
    masks_.equals &= masks_.equals - 1;
    const std::uint64_t before = masks_.blanks & ((std::uint64_t{1} << bit) - 1);
    blank_ = before != 0 ? last_blank(before) : blank_before_;
    return base_ + bit;
  }
  // The last blank in front of the '=' that next() gave, or kNone.
  std::size_t blank() const { return blank_; }
  // Whether the text up to that '=', at the least, holds a byte of BlockMasks::has_rare.
  bool has_rare() const { return has_rare_; }

 private:
  std::size_t last_blank(std::uint64_t blanks) const {
    return base_ + static_cast<std::size_t>(63 - std::countl_zero(blanks));
  }
  void load() {
    const std::size_t left = text_.size() - base_;
    if (left >= kBlockBytes) {
      masks_ = masks_of(text_.data() + base_);
    } else {
      char padded[kBlockBytes] = {};
      if (left > 0) std::memcpy(padded, text_.data() + base_, left);
      masks_ = masks_of(padded);
    }
    has_rare_ |= masks_.has_rare;
  }

  std::string_view text_;
  std::size_t base_ = 0;
  std::size_t blank_ = kNone;
  std::size_t blank_before_ = kNone;  // in front of the block
  BlockMasks masks_;
  bool has_rare_ = false;
};

}  // namespace parsers

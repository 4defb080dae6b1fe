// Finds bytes of interest in a text, 64 at a time: with SSE2 where the machine has it, else byte by byte.
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

// Bit i is set where byte i of the 64 at `block` is `c`.
inline std::uint64_t mask_of(const char* block, char c) {
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8(c);
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kBlockBytes; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const auto bits = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)));
    mask |= static_cast<std::uint64_t>(bits) << i;
  }
  return mask;
#else
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kBlockBytes; ++i) mask |= static_cast<std::uint64_t>(block[i] == c) << i;
  return mask;
#endif
}

// The places of '=' in a text, in order, each with the last blank in front of it.
class EqualsFinder {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  explicit EqualsFinder(std::string_view text) : text_(text) { load(); }

  // The next '=', or kNone.
  std::size_t next() {
    while (equals_ == 0) {
      if (base_ + kBlockBytes >= text_.size()) return kNone;
      if (blanks_ != 0) blank_before_ = last_blank(blanks_);
      base_ += kBlockBytes;
      load();
    }
    const auto bit = static_cast<unsigned>(std::countr_zero(equals_));
    equals_ &= equals_ - 1;
    const std::uint64_t before = blanks_ & ((std::uint64_t{1} << bit) - 1);
    blank_ = before != 0 ? last_blank(before) : blank_before_;
    return base_ + bit;
  }
  // The last blank in front of the '=' that next() gave, or kNone.
  std::size_t blank() const { return blank_; }

 private:
  std::size_t last_blank(std::uint64_t blanks) const {
    return base_ + static_cast<std::size_t>(63 - std::countl_zero(blanks));
  }
  void load() {
    const std::size_t left = text_.size() - base_;
    char padded[kBlockBytes] = {};
    const char* block = padded;
    if (left >= kBlockBytes) {
      block = text_.data() + base_;
    } else if (left > 0) {
      std::memcpy(padded, text_.data() + base_, left);
    }
    equals_ = mask_of(block, '=');
    blanks_ = mask_of(block, ' ');
  }

  std::string_view text_;
  std::size_t base_ = 0;
  std::size_t blank_ = kNone;
  std::size_t blank_before_ = kNone;  // in front of the block
  std::uint64_t equals_ = 0;
  std::uint64_t blanks_ = 0;
};

// Which of the bytes that ask for slower work occur in a text at all.
struct TextTraits {
  bool has_backslash = false, has_hash = false, has_percent = false, has_line_break = false, has_high = false;
};

inline TextTraits traits_of(std::string_view text) {
  TextTraits traits;
  std::size_t at = 0;
#if defined(__SSE2__)
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i hash = _mm_set1_epi8('#');
  const __m128i percent = _mm_set1_epi8('%');
  const __m128i line_feed = _mm_set1_epi8('\n');
  const __m128i carriage_return = _mm_set1_epi8('\r');
  __m128i seen_backslash = _mm_setzero_si128();
  __m128i seen_hash = seen_backslash;
  __m128i seen_percent = seen_backslash;
  __m128i seen_break = seen_backslash;
  __m128i seen_any = seen_backslash;
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    seen_backslash = _mm_or_si128(seen_backslash, _mm_cmpeq_epi8(bytes, backslash));
    seen_hash = _mm_or_si128(seen_hash, _mm_cmpeq_epi8(bytes, hash));
    seen_percent = _mm_or_si128(seen_percent, _mm_cmpeq_epi8(bytes, percent));
    seen_break = _mm_or_si128(seen_break, _mm_cmpeq_epi8(bytes, line_feed));
    seen_break = _mm_or_si128(seen_break, _mm_cmpeq_epi8(bytes, carriage_return));
    seen_any = _mm_or_si128(seen_any, bytes);
  }
  traits.has_backslash = _mm_movemask_epi8(seen_backslash) != 0;
  traits.has_hash = _mm_movemask_epi8(seen_hash) != 0;
  traits.has_percent = _mm_movemask_epi8(seen_percent) != 0;
  traits.has_line_break = _mm_movemask_epi8(seen_break) != 0;
  traits.has_high = _mm_movemask_epi8(seen_any) != 0;
#endif
  for (; at < text.size(); ++at) {
    const char c = text[at];
    traits.has_backslash |= c == '\\';
    traits.has_hash |= c == '#';
    traits.has_percent |= c == '%';
    traits.has_line_break |= c == '\n' || c == '\r';
    traits.has_high |= static_cast<unsigned char>(c) >= 0x80;
  }
  return traits;
}

}  // namespace parsers

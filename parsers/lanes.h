// Sixteen bytes at a time, for the loops over short texts that every message goes through; SSE2 where the machine has
// it, else plain loops.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace parsers {

// Bit i of what is told of a Lanes is byte i's.
class Lanes {
 public:
  static constexpr std::size_t kBytes = 16;

#if defined(__SSE2__)
  // kBytes may be read at `at`.
  explicit Lanes(const char* at) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}

  unsigned equal(char c) const { return bits(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
  // Letters in either case, digits, and the bytes of `others`.
  template <char... others>
  unsigned alnum_or() const {
    const __m128i lower = _mm_or_si128(bytes_, _mm_set1_epi8('a' - 'A'));
    const __m128i found = _mm_or_si128(within(lower, 'a', 'z'), within(bytes_, '0', '9'));
    return bits((found | ... | _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(others))));
  }

 private:
  static unsigned bits(__m128i found) { return static_cast<unsigned>(_mm_movemask_epi8(found)); }
  static __m128i within(__m128i bytes, char first, char last) {
    const __m128i from_first = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(static_cast<char>(last - first))), from_first);
  }

  __m128i bytes_;
#else
  explicit Lanes(const char* at) { std::memcpy(bytes_, at, kBytes); }

  unsigned equal(char c) const {
    return bits([c](char x) { return x == c; });
  }
  template <char... others>
  unsigned alnum_or() const {
    return bits([](char x) {
      return (x >= '0' && x <= '9') || ((x | 0x20) >= 'a' && (x | 0x20) <= 'z') || ((x == others) || ...);
    });
  }

 private:
  template <class Is>
  unsigned bits(Is is) const {
    unsigned found = 0;
    for (std::size_t i = 0; i < kBytes; ++i) found |= (is(bytes_[i]) ? 1u : 0u) << i;
    return found;
  }

  char bytes_[kBytes];
#endif
};

// The place of the first byte of text[from...) for which `bits` of its Lanes says so, or npos. Zeros stand behind a
// text of less than sixteen bytes.
template <class Bits>
[[gnu::always_inline]] inline std::size_t find_lane(std::string_view text, std::size_t from, Bits bits) {
  std::size_t at = from;
  for (; at + Lanes::kBytes <= text.size(); at += Lanes::kBytes) {
    if (const unsigned found = bits(Lanes(text.data() + at)); found != 0) {
      return at + static_cast<std::size_t>(std::countr_zero(found));
    }
  }
  if (at >= text.size()) return std::string_view::npos;
  const std::size_t left = text.size() - at;
  unsigned found = 0;
  if (text.size() >= Lanes::kBytes) {
    found = bits(Lanes(text.data() + text.size() - Lanes::kBytes)) >> (Lanes::kBytes - left);
  } else {
    char padded[Lanes::kBytes] = {};
    std::memcpy(padded, text.data() + at, left);
    found = bits(Lanes(padded)) & ((1u << left) - 1);
  }
  return found == 0 ? std::string_view::npos : at + static_cast<std::size_t>(std::countr_zero(found));
}

}  // namespace parsers

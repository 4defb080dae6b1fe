// Sixteen bytes at a time, for the loops over short texts that every message goes through; SSE2 where the machine has
// it, else plain loops.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "parsers/words.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace parsers {

#if defined(__SSE2__)

// Some of the bytes of a Lanes.
class LaneSet {
 public:
  explicit LaneSet(__m128i lanes) : lanes_(lanes) {}
  LaneSet operator|(LaneSet other) const { return LaneSet(_mm_or_si128(lanes_, other.lanes_)); }
  LaneSet operator~() const { return LaneSet(_mm_xor_si128(lanes_, _mm_set1_epi8(-1))); }
  unsigned bits() const { return static_cast<unsigned>(_mm_movemask_epi8(lanes_)); }  // bit i is byte i's

 private:
  __m128i lanes_;
};

class Lanes {
 public:
  static constexpr std::size_t kBytes = 16;

  // kBytes may be read at `at`.
  explicit Lanes(const char* at) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}
  explicit Lanes(const Word& word)
      : bytes_(_mm_set_epi64x(static_cast<long long>(word.second), static_cast<long long>(word.first))) {}

  LaneSet equal(char c) const { return LaneSet(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
  // One of `first` to `last`.
  LaneSet within(char first, char last) const { return within(bytes_, first, last); }
  LaneSet letters() const { return within(_mm_or_si128(bytes_, _mm_set1_epi8('a' - 'A')), 'a', 'z'); }

 private:
  static LaneSet within(__m128i bytes, char first, char last) {
    const __m128i from_first = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return LaneSet(
        _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(static_cast<char>(last - first))), from_first));
  }

  __m128i bytes_;
};

#else

class LaneSet {
 public:
  explicit LaneSet(unsigned bits) : bits_(bits) {}
  LaneSet operator|(LaneSet other) const { return LaneSet(bits_ | other.bits_); }
  LaneSet operator~() const { return LaneSet(~bits_ & 0xffff); }
  unsigned bits() const { return bits_; }

 private:
  unsigned bits_;
};

class Lanes {
 public:
  static constexpr std::size_t kBytes = 16;

  explicit Lanes(const char* at) { std::memcpy(bytes_, at, kBytes); }
  explicit Lanes(const Word& word) { std::memcpy(bytes_, &word, kBytes); }

  LaneSet equal(char c) const {
    return set_of([c](char x) { return x == c; });
  }
  LaneSet within(char first, char last) const {
    return set_of([=](char x) { return x >= first && x <= last; });
  }
  LaneSet letters() const {
    return set_of([](char x) { return (x | 0x20) >= 'a' && (x | 0x20) <= 'z'; });
  }

 private:
  template <class Is>
  LaneSet set_of(Is is) const {
    unsigned found = 0;
    for (std::size_t i = 0; i < kBytes; ++i) found |= (is(bytes_[i]) ? 1u : 0u) << i;
    return LaneSet(found);
  }

  char bytes_[kBytes];
};

#endif

// Up to sixteen bytes of a text: own() tells which of them are in a set of `lanes`.
struct SomeLanes {
  Lanes lanes;
  unsigned shift, mask;

  unsigned own(LaneSet set) const { return set.bits() >> shift & mask; }
  unsigned others(LaneSet set) const { return ~set.bits() >> shift & mask; }
};
// Those of `text` from `at` on, which is inside it.
[[gnu::always_inline]] inline SomeLanes lanes_at(std::string_view text, std::size_t at) {
  if (at + Lanes::kBytes <= text.size()) return {Lanes(text.data() + at), 0, 0xffff};
  const std::size_t left = text.size() - at;
  const unsigned mask = (1u << left) - 1;
  if (text.size() >= Lanes::kBytes) {
    return {Lanes(text.data() + text.size() - Lanes::kBytes), static_cast<unsigned>(Lanes::kBytes - left), mask};
  }
  return {Lanes(Word::of(text.substr(at))), 0, mask};
}

// The place of the first byte of text[from...) that is in `set` of its Lanes, or npos.
template <class Set>
[[gnu::always_inline]] inline std::size_t find_lane(std::string_view text, std::size_t from, Set set) {
  for (std::size_t at = from; at < text.size(); at += Lanes::kBytes) {
    const SomeLanes some = lanes_at(text, at);
    if (const unsigned found = some.own(set(some.lanes)); found != 0) {
      return at + static_cast<std::size_t>(std::countr_zero(found));
    }
  }
  return std::string_view::npos;
}

}  // namespace parsers

#include "sensor/query/finder.h"

#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace query {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// Letters as common in log lines as in English, and digits: looking for them finds little to throw away.
constexpr std::string_view kCommon = " etaoinsrhldcu0123456789.-/:";

std::size_t rarity(char c) {
  const std::size_t place = kCommon.find(c);
  return place == std::string_view::npos ? kCommon.size() : place;
}

}  // namespace

Finder::Finder(std::string_view word) {
  for (const char c : word) word_ += lower(c);
  for (std::size_t i = 0; i < word_.size(); ++i) {
    if (rarity(word_[i]) > rarity(word_[first_])) first_ = i;
  }
  second_ = first_ == 0 ? word_.size() - 1 : 0;
  for (std::size_t i = 0; i < word_.size(); ++i) {
    if (i != first_ && rarity(word_[i]) > rarity(word_[second_])) second_ = i;
  }
}

bool Finder::stands_at(const char* place) const {
  for (std::size_t i = 0; i < word_.size(); ++i) {
    if (lower(place[i]) != word_[i]) return false;
  }
  return true;
}

std::size_t Finder::find(std::string_view text, std::size_t from) const {
  if (text.size() < word_.size()) return std::string_view::npos;
  const std::size_t last = text.size() - word_.size();
  std::size_t at = from;
#if defined(__SSE2__)
  // Setting bit 5 makes letters lower case and a few other bytes equal: stands_at() tells those apart.
  const __m128i bit = _mm_set1_epi8(0x20);
  const __m128i first = _mm_set1_epi8(static_cast<char>(word_[first_] | 0x20));
  const __m128i second = _mm_set1_epi8(static_cast<char>(word_[second_] | 0x20));
  const auto equal = [&](const char* bytes, __m128i wanted) {
    return _mm_cmpeq_epi8(_mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), bit), wanted);
  };
  for (; at + 15 + word_.size() <= text.size(); at += 16) {
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(
        _mm_and_si128(equal(text.data() + at + first_, first), equal(text.data() + at + second_, second))));
    for (; mask != 0; mask &= mask - 1) {
      const std::size_t place = at + static_cast<unsigned>(std::countr_zero(mask));
      if (stands_at(text.data() + place)) return place;
    }
  }
#endif
  for (; at <= last; ++at) {
    if (stands_at(text.data() + at)) return at;
  }
  return std::string_view::npos;
}

}  // namespace query

#include "parsers/url_bits.h"

#include <algorithm>
#include <array>

#include "parsers/ascii.h"
#include "parsers/lanes.h"
#include "parsers/processor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace parsers {
namespace {

UrlBits url_bits_by_lanes(std::string_view text) {
  UrlBits bits{};
  const std::size_t end = std::min(text.size(), UrlBits::kBytes);
  for (std::size_t at = 0; at < end; at += Lanes::kBytes) {
    const SomeLanes some = lanes_at(text, at);
    const Lanes& lanes = some.lanes;
    const auto note = [&](LaneSet set, std::uint64_t& into) { into |= std::uint64_t{some.own(set)} << at; };
    const LaneSet small = lanes.within('a', 'z'), dots = lanes.equal('.');
    note(small | lanes.within('0', '9') | lanes.equal('-') | lanes.equal('_') | dots, bits.name);
    note(lanes.within(')', ';') | lanes.within('?', 'Z') | small | lanes.equal('=') | lanes.equal('_') |
             lanes.equal('~') | lanes.equal('!') | lanes.equal('$') | lanes.equal('&'),
         bits.plain);
    note(dots, bits.dots);
    note(lanes.equal('/'), bits.slashes);
    note(lanes.equal('?'), bits.questions);
  }
  return bits;
}

#if defined(__x86_64__)

// The kinds of a byte of ASCII.
enum Kind : std::uint8_t { kName = 1, kPlain = 2, kDot = 4, kSlash = 8, kQuestion = 16 };
constexpr auto kKinds = [] {
  std::array<std::uint8_t, 128> kinds{};
  constexpr ByteSet kNameBytes = ByteSet("-_.").add_range('a', 'z').add_range('0', '9');
  constexpr ByteSet kPlainBytes = ByteSet("=_~!$&").add_range(')', ';').add_range('?', 'Z').add_range('a', 'z');
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const char c = static_cast<char>(i);
    kinds[i] = static_cast<std::uint8_t>((kNameBytes.has(c) ? kName : 0) | (kPlainBytes.has(c) ? kPlain : 0) |
                                         (c == '.' ? kDot : 0) | (c == '/' ? kSlash : 0) | (c == '?' ? kQuestion : 0));
  }
  return kinds;
}();

LUREWATCH_AVX512 UrlBits url_bits_avx512(std::string_view text) {
  const std::uint64_t own = text.size() >= UrlBits::kBytes ? ~std::uint64_t{0} : (std::uint64_t{1} << text.size()) - 1;
  const __m512i bytes = _mm512_maskz_loadu_epi8(own, text.data());
  const __m512i low = _mm512_loadu_si512(kKinds.data()), high = _mm512_loadu_si512(kKinds.data() + 64);
  const std::uint64_t ascii = own & ~_mm512_movepi8_mask(bytes);
  const __m512i kinds = _mm512_maskz_permutex2var_epi8(ascii, low, bytes, high);
  return {_mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kName)), _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kPlain)),
          _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kDot)), _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kSlash)),
          _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kQuestion))};
}

#endif

}  // namespace

std::vector<FindUrlBits> url_bits_of_machine() {
  std::vector<FindUrlBits> ways = {url_bits_by_lanes};
#if defined(__x86_64__)
  if (has_avx512()) ways.push_back(url_bits_avx512);
#endif
  return ways;
}

UrlBits url_bits(std::string_view text) {
  static const FindUrlBits best = url_bits_of_machine().back();
  return best(text);
}

}  // namespace parsers

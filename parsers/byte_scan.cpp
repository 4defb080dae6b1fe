#include "parsers/byte_scan.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace parsers {
namespace {

constexpr char kLastControl = 0x1f;

struct Word {
  std::uint64_t equals = 0, blanks = 0;
  bool has_rare = false;
};

Word read_one_by_one(const char* at) {
  Word word;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const char c = at[i];
    word.equals |= static_cast<std::uint64_t>(c == '=') << i;
    word.blanks |= static_cast<std::uint64_t>(c == ' ') << i;
    // Bytes outside ASCII are negative.
    word.has_rare |= c == '\\' || c == '#' || c == '%' || static_cast<signed char>(c) <= kLastControl;
  }
  return word;
}

// `read` makes the Word of 64 bytes.
template <class Read>
[[gnu::always_inline]] inline bool scan_with(Read read, std::string_view text, ByteMasks& masks) {
  bool has_rare = false;
  const auto take = [&](std::size_t index, const char* at) __attribute__((always_inline)) {
    const Word word = read(at);
    masks.equals[index] = word.equals;
    masks.blanks[index] = word.blanks;
    has_rare |= word.has_rare;
  };
  const std::size_t whole = text.size() / kBlockBytes;
  for (std::size_t i = 0; i < whole; ++i) take(i, text.data() + i * kBlockBytes);
  if (const std::size_t left = text.size() % kBlockBytes; left != 0) {
    char padded[kBlockBytes];
    std::memset(padded, 'x', sizeof padded);
    std::memcpy(padded, text.data() + whole * kBlockBytes, left);
    take(whole, padded);
  }
  return has_rare;
}

#if defined(__x86_64__)

[[gnu::always_inline]] inline Word read_sse2(const char* at) {
  Word word;
  __m128i rare = _mm_setzero_si128();
  for (std::size_t i = 0; i < kBlockBytes; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
    const auto is = [bytes](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    word.equals |= static_cast<std::uint64_t>(_mm_movemask_epi8(is('='))) << i;
    word.blanks |= static_cast<std::uint64_t>(_mm_movemask_epi8(is(' '))) << i;
    const __m128i marks = _mm_or_si128(_mm_or_si128(is('\\'), is('#')), is('%'));
    const __m128i controls = _mm_cmpgt_epi8(_mm_set1_epi8(kLastControl + 1), bytes);
    rare = _mm_or_si128(rare, _mm_or_si128(marks, controls));
  }
  word.has_rare = _mm_movemask_epi8(rare) != 0;
  return word;
}

#define AVX2 __attribute__((target("avx2")))

AVX2 inline std::uint64_t bits_of(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

AVX2 inline __m256i rare_of(__m256i bytes) {
  const __m256i marks = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('#')),
                                        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('%')));
  return _mm256_or_si256(_mm256_or_si256(marks, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'))),
                         _mm256_cmpgt_epi8(_mm256_set1_epi8(kLastControl + 1), bytes));
}

AVX2 inline Word read_avx2(const char* at) {
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
  const __m256i equals = _mm256_set1_epi8('='), blank = _mm256_set1_epi8(' ');
  return {bits_of(_mm256_cmpeq_epi8(low, equals), _mm256_cmpeq_epi8(high, equals)),
          bits_of(_mm256_cmpeq_epi8(low, blank), _mm256_cmpeq_epi8(high, blank)),
          _mm256_movemask_epi8(_mm256_or_si256(rare_of(low), rare_of(high))) != 0};
}

AVX2 bool scan_avx2(std::string_view text, ByteMasks& masks) {
  return scan_with([](const char* at) AVX2 { return read_avx2(at); }, text, masks);
}

bool scan_sse2(std::string_view text, ByteMasks& masks) { return scan_with(read_sse2, text, masks); }

#endif

}  // namespace

bool scan_bytes_one_by_one(std::string_view text, ByteMasks& masks) { return scan_with(read_one_by_one, text, masks); }

bool scan_bytes(std::string_view text, ByteMasks& masks) {
#if defined(__x86_64__)
  static const auto scan = __builtin_cpu_supports("avx2") ? scan_avx2 : scan_sse2;
  return scan(text, masks);
#else
  return scan_bytes_one_by_one(text, masks);
#endif
}

}  // namespace parsers

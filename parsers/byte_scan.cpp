#include "parsers/byte_scan.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace parsers {
namespace {

constexpr char kFirstPlain = 0x20;

// The last 64 bytes of a text, or all of a shorter one in `padded`; the lowest `shift` of their bits are not the last
// word's own.
struct Last {
  const char* at;
  unsigned shift;
};
Last last_bytes(std::string_view text, char (&padded)[kBlockBytes]) {
  const std::size_t left = text.size() % kBlockBytes;
  if (text.size() >= kBlockBytes) {
    return {text.data() + text.size() - kBlockBytes, static_cast<unsigned>(kBlockBytes - left)};
  }
  std::memset(padded, 'x', sizeof padded);
  std::memcpy(padded, text.data(), left);
  return {padded, 0};
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))

[[gnu::always_inline]] inline AVX2 std::uint64_t bits_of(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

AVX2 unsigned scan_avx2(std::string_view text, ByteMasks& masks) {
  __m256i backslash = _mm256_setzero_si256(), hash = backslash, percent = backslash, any = backslash;
  __m256i lowest = _mm256_set1_epi8(kFirstPlain);
  const auto note = [&](__m256i bytes) AVX2 __attribute__((always_inline)) {
    backslash = _mm256_or_si256(backslash, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
    hash = _mm256_or_si256(hash, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('#')));
    percent = _mm256_or_si256(percent, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('%')));
    lowest = _mm256_min_epu8(lowest, bytes);
    any = _mm256_or_si256(any, bytes);
  };
  char padded[kBlockBytes];
  const auto take = [&](std::size_t word, const char* at, unsigned shift) AVX2 __attribute__((always_inline)) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
    const __m256i equals = _mm256_set1_epi8('='), blank = _mm256_set1_epi8(' ');
    masks.equals[word] = bits_of(_mm256_cmpeq_epi8(low, equals), _mm256_cmpeq_epi8(high, equals)) >> shift;
    masks.blanks[word] = bits_of(_mm256_cmpeq_epi8(low, blank), _mm256_cmpeq_epi8(high, blank)) >> shift;
    note(low);
    note(high);
  };
  const std::size_t whole = text.size() / kBlockBytes;
  for (std::size_t i = 0; i < whole; ++i) take(i, text.data() + i * kBlockBytes, 0);
  if (text.size() % kBlockBytes != 0) {
    const Last last = last_bytes(text, padded);
    take(whole, last.at, last.shift);
  }
  const auto has = [](__m256i bytes) AVX2 { return _mm256_movemask_epi8(bytes) != 0; };
  const bool has_control = _mm256_movemask_epi8(_mm256_cmpeq_epi8(lowest, _mm256_set1_epi8(kFirstPlain))) != -1;
  return (has(backslash) ? kBackslash : 0u) | (has(hash) ? kHash : 0u) | (has(percent) ? kPercent : 0u) |
         (has_control ? kControl : 0u) | (has(any) ? kForeign : 0u);
}

#endif

}  // namespace

unsigned scan_bytes_one_by_one(std::string_view text, ByteMasks& masks) {
  unsigned rare = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t word = i / kBlockBytes, bit = i % kBlockBytes;
    if (bit == 0) masks.equals[word] = masks.blanks[word] = 0;
    const char c = text[i];
    masks.equals[word] |= std::uint64_t{c == '='} << bit;
    masks.blanks[word] |= std::uint64_t{c == ' '} << bit;
    const auto byte = static_cast<unsigned char>(c);
    rare |= (c == '\\' ? kBackslash : 0u) | (c == '#' ? kHash : 0u) | (c == '%' ? kPercent : 0u) |
            (byte < kFirstPlain ? kControl : 0u) | (byte >= 0x80 ? kForeign : 0u);
  }
  return rare;
}

#if defined(__x86_64__)

unsigned scan_bytes_sse2(std::string_view text, ByteMasks& masks) {
  __m128i backslash = _mm_setzero_si128(), hash = backslash, percent = backslash, any = backslash;
  __m128i lowest = _mm_set1_epi8(kFirstPlain);
  char padded[kBlockBytes];
  const auto take = [&](std::size_t word, const char* at, unsigned shift) {
    std::uint64_t equals = 0, blanks = 0;
    for (std::size_t i = 0; i < kBlockBytes; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
      const auto is = [bytes](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
      equals |= static_cast<std::uint64_t>(_mm_movemask_epi8(is('='))) << i;
      blanks |= static_cast<std::uint64_t>(_mm_movemask_epi8(is(' '))) << i;
      backslash = _mm_or_si128(backslash, is('\\'));
      hash = _mm_or_si128(hash, is('#'));
      percent = _mm_or_si128(percent, is('%'));
      lowest = _mm_min_epu8(lowest, bytes);
      any = _mm_or_si128(any, bytes);
    }
    masks.equals[word] = equals >> shift;
    masks.blanks[word] = blanks >> shift;
  };
  const std::size_t whole = text.size() / kBlockBytes;
  for (std::size_t i = 0; i < whole; ++i) take(i, text.data() + i * kBlockBytes, 0);
  if (text.size() % kBlockBytes != 0) {
    const Last last = last_bytes(text, padded);
    take(whole, last.at, last.shift);
  }
  const auto has = [](__m128i bytes) { return _mm_movemask_epi8(bytes) != 0; };
  const bool has_control = _mm_movemask_epi8(_mm_cmpeq_epi8(lowest, _mm_set1_epi8(kFirstPlain))) != 0xffff;
  return (has(backslash) ? kBackslash : 0u) | (has(hash) ? kHash : 0u) | (has(percent) ? kPercent : 0u) |
         (has_control ? kControl : 0u) | (has(any) ? kForeign : 0u);
}

unsigned scan_bytes(std::string_view text, ByteMasks& masks) {
  static const auto scan = __builtin_cpu_supports("avx2") ? scan_avx2 : scan_bytes_sse2;
  return scan(text, masks);
}

#else

unsigned scan_bytes_sse2(std::string_view text, ByteMasks& masks) { return scan_bytes_one_by_one(text, masks); }
unsigned scan_bytes(std::string_view text, ByteMasks& masks) { return scan_bytes_one_by_one(text, masks); }

#endif

}  // namespace parsers

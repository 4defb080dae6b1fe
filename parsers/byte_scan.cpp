#include "parsers/byte_scan.h"

#include <bit>
#include <cstring>

#include "parsers/processor.h"

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // its own header's "undefined" vectors (GCC bug 105593)
#endif
#include <immintrin.h>
#endif

namespace parsers {
namespace {

constexpr char kFirstPlain = 0x20;
constexpr std::size_t kBlockBytes = 64;

#if defined(__x86_64__)

// Bit i: whether byte i of a block is '=' or ' '.
struct BlockBits {
  std::uint64_t equals, blanks;
};

// Where the next '=' is noted, and the byte behind the last blank so far.
struct Notes {
  Equals* next;
  std::uint32_t behind_blank;
};

// The byte behind the last of the blanks of the block at `at`.
[[gnu::always_inline]] inline std::uint32_t behind_last(std::uint64_t blanks, std::size_t at) {
  return static_cast<std::uint32_t>(at + kBlockBytes) - static_cast<std::uint32_t>(std::countl_zero(blanks));
}

[[gnu::always_inline]] inline void note_equals(BlockBits bits, std::size_t at, Notes& notes) {
  for (std::uint64_t equals = bits.equals; equals != 0; equals &= equals - 1) {
    const std::uint64_t before = bits.blanks & (equals ^ (equals - 1));
    *notes.next++ = {static_cast<std::uint32_t>(at) + static_cast<std::uint32_t>(std::countr_zero(equals)),
                     before == 0 ? notes.behind_blank : behind_last(before, at)};
  }
  if (bits.blanks != 0) notes.behind_blank = behind_last(bits.blanks, at);
}

// The last block of a text that is no whole one: its last 64 bytes, or all of a shorter text in `padded`. The lowest
// `shift` bits are not the block's own.
struct Last {
  const char* at;
  unsigned shift;
};
Last last_bytes(std::string_view text, std::size_t left, char (&padded)[kBlockBytes]) {
  if (text.size() >= kBlockBytes) {
    return {text.data() + text.size() - kBlockBytes, static_cast<unsigned>(kBlockBytes - left)};
  }
  std::memset(padded, 'x', sizeof padded);
  std::memcpy(padded, text.data(), left);
  return {padded, 0};
}

// `take`, of 64 bytes, gives their bits, and `note` notes those of the block at an offset. Becomes part of its caller,
// whatever that may use of the processor.
template <class Take, class Note>
[[gnu::always_inline]] inline void take_blocks(std::string_view text, std::size_t from, ByteScan& scan,
                                               const Take& take, const Note& note) {
  Notes notes{scan.equals.data(), scan.behind_blank};
  const std::size_t end = std::min(text.size(), from + ByteScan::kPieceBytes);
  for (; from + kBlockBytes <= end; from += kBlockBytes) note(take(text.data() + from), from, notes);
  if (from < end) {
    char padded[kBlockBytes];
    const Last last = last_bytes(text, end - from, padded);
    const BlockBits bits = take(last.at);
    note({bits.equals >> last.shift, bits.blanks >> last.shift}, from, notes);
  }
  scan.count = static_cast<std::size_t>(notes.next - scan.equals.data());
  scan.behind_blank = notes.behind_blank;
}

void scan_piece_sse2(std::string_view text, std::size_t from, ByteScan& scan) {
  __m128i backslash = _mm_setzero_si128(), hash = backslash, percent = backslash, any = backslash;
  __m128i lowest = _mm_set1_epi8(kFirstPlain);
  const auto take = [&](const char* at) {
    BlockBits bits{};
    for (std::size_t i = 0; i < kBlockBytes; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
      const auto is = [bytes](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
      bits.equals |= static_cast<std::uint64_t>(_mm_movemask_epi8(is('='))) << i;
      bits.blanks |= static_cast<std::uint64_t>(_mm_movemask_epi8(is(' '))) << i;
      backslash = _mm_or_si128(backslash, is('\\'));
      hash = _mm_or_si128(hash, is('#'));
      percent = _mm_or_si128(percent, is('%'));
      lowest = _mm_min_epu8(lowest, bytes);
      any = _mm_or_si128(any, bytes);
    }
    return bits;
  };
  take_blocks(text, from, scan, take, note_equals);
  const auto has = [](__m128i bytes) { return _mm_movemask_epi8(bytes) != 0; };
  const bool has_control = _mm_movemask_epi8(_mm_cmpeq_epi8(lowest, _mm_set1_epi8(kFirstPlain))) != 0xffff;
  scan.rare |= (has(backslash) ? kBackslash : 0u) | (has(hash) ? kHash : 0u) | (has(percent) ? kPercent : 0u) |
               (has_control ? kControl : 0u) | (has(any) ? kForeign : 0u);
}

[[gnu::always_inline]] inline LUREWATCH_AVX2 std::uint64_t bits_of(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

LUREWATCH_AVX2 void scan_piece_avx2(std::string_view text, std::size_t from, ByteScan& scan) {
  __m256i backslash = _mm256_setzero_si256(), hash = backslash, percent = backslash, any = backslash;
  __m256i lowest = _mm256_set1_epi8(kFirstPlain);
  const auto take = [&](const char* at) LUREWATCH_AVX2 {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
    const __m256i equals = _mm256_set1_epi8('='), blank = _mm256_set1_epi8(' ');
    for (const __m256i bytes : {low, high}) {
      backslash = _mm256_or_si256(backslash, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
      hash = _mm256_or_si256(hash, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('#')));
      percent = _mm256_or_si256(percent, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('%')));
      lowest = _mm256_min_epu8(lowest, bytes);
      any = _mm256_or_si256(any, bytes);
    }
    return BlockBits{bits_of(_mm256_cmpeq_epi8(low, equals), _mm256_cmpeq_epi8(high, equals)),
                     bits_of(_mm256_cmpeq_epi8(low, blank), _mm256_cmpeq_epi8(high, blank))};
  };
  take_blocks(text, from, scan, take, note_equals);
  const auto has = [](__m256i bytes) LUREWATCH_AVX2 { return _mm256_movemask_epi8(bytes) != 0; };
  const bool has_control = _mm256_movemask_epi8(_mm256_cmpeq_epi8(lowest, _mm256_set1_epi8(kFirstPlain))) != -1;
  scan.rare |= (has(backslash) ? kBackslash : 0u) | (has(hash) ? kHash : 0u) | (has(percent) ? kPercent : 0u) |
               (has_control ? kControl : 0u) | (has(any) ? kForeign : 0u);
}

constexpr auto kByteNumbers = [] {
  std::array<std::uint8_t, kBlockBytes> numbers{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) numbers[i] = static_cast<std::uint8_t>(i);
  return numbers;
}();

[[gnu::always_inline]] inline LUREWATCH_AVX512 __m512i all(std::uint64_t number) {
  return _mm512_set1_epi64(static_cast<long long>(number));
}

// note_equals, eight '=' at a time: a block hardly ever has more, and no step depends on how many there are.
[[gnu::always_inline]] inline LUREWATCH_AVX512 void note_equals_by_eight(BlockBits bits, std::size_t at, Notes& notes) {
  std::array<std::uint8_t, kBlockBytes> places;
  _mm512_storeu_si512(&places, _mm512_maskz_compress_epi8(bits.equals, _mm512_loadu_si512(&kByteNumbers)));
  const __m512i base = all(at), end = all(at + kBlockBytes), blanks = all(bits.blanks);
  const auto count = static_cast<std::size_t>(std::popcount(bits.equals));
  for (std::size_t done = 0; done == 0 || done < count; done += ByteScan::kAtOnce) {
    const __m512i place = _mm512_cvtepu8_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(&places[done])));
    const __m512i before = _mm512_andnot_si512(_mm512_sllv_epi64(all(~std::uint64_t{0}), place), blanks);
    const __m512i behind = _mm512_mask_mov_epi64(_mm512_sub_epi64(end, _mm512_lzcnt_epi64(before)),
                                                 _mm512_testn_epi64_mask(before, before), all(notes.behind_blank));
    const __m512i equals = _mm512_or_si512(_mm512_add_epi64(base, place), _mm512_slli_epi64(behind, 32));
    _mm512_storeu_si512(notes.next + done, equals);
  }
  notes.next += count;
  if (bits.blanks != 0) notes.behind_blank = behind_last(bits.blanks, at);
}

LUREWATCH_AVX512 void scan_piece_avx512(std::string_view text, std::size_t from, ByteScan& scan) {
  std::uint64_t backslash = 0, hash = 0, percent = 0;
  __m512i any = _mm512_setzero_si512(), lowest = _mm512_set1_epi8(kFirstPlain);
  const auto take = [&](const char* at) LUREWATCH_AVX512 {
    const __m512i bytes = _mm512_loadu_si512(at);
    const auto equal = [bytes](char c) LUREWATCH_AVX512 { return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c)); };
    backslash |= equal('\\');
    hash |= equal('#');
    percent |= equal('%');
    lowest = _mm512_min_epu8(lowest, bytes);
    any = _mm512_or_si512(any, bytes);
    return BlockBits{equal('='), equal(' ')};
  };
  take_blocks(text, from, scan, take, note_equals_by_eight);
  const bool has_control = _mm512_cmpneq_epi8_mask(lowest, _mm512_set1_epi8(kFirstPlain)) != 0;
  scan.rare |= (backslash != 0 ? kBackslash : 0u) | (hash != 0 ? kHash : 0u) | (percent != 0 ? kPercent : 0u) |
               (has_control ? kControl : 0u) | (_mm512_movepi8_mask(any) != 0 ? kForeign : 0u);
}

#endif

}  // namespace

void scan_piece_one_by_one(std::string_view text, std::size_t from, ByteScan& scan) {
  scan.count = 0;
  const std::size_t end = std::min(text.size(), from + ByteScan::kPieceBytes);
  for (std::size_t i = from; i < end; ++i) {
    const char c = text[i];
    if (c == '=') scan.equals[scan.count++] = {static_cast<std::uint32_t>(i), scan.behind_blank};
    if (c == ' ') scan.behind_blank = static_cast<std::uint32_t>(i) + 1;
    const auto byte = static_cast<unsigned char>(c);
    scan.rare |= (c == '\\' ? kBackslash : 0u) | (c == '#' ? kHash : 0u) | (c == '%' ? kPercent : 0u) |
                 (byte < kFirstPlain ? kControl : 0u) | (byte >= 0x80 ? kForeign : 0u);
  }
}

#if defined(__x86_64__)

std::vector<ScanPiece> scans_of_machine() {
  std::vector<ScanPiece> scans = {scan_piece_one_by_one, scan_piece_sse2};
  if (has_avx2()) scans.push_back(scan_piece_avx2);
  if (has_avx512()) scans.push_back(scan_piece_avx512);
  return scans;
}

#else

std::vector<ScanPiece> scans_of_machine() { return {scan_piece_one_by_one}; }

#endif

void scan_piece(std::string_view text, std::size_t from, ByteScan& scan) {
  static const ScanPiece best = scans_of_machine().back();
  best(text, from, scan);
}

}  // namespace parsers

// Short words as two numbers, and tables of them that are built by the compiler: one step finds a word among many,
// whatever its case.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "parsers/ascii.h"

namespace parsers {

static_assert(std::endian::native == std::endian::little, "words are read as little-endian numbers");

// Spelled so that tables can be built by the compiler; one instruction at run time.
template <class Number>
constexpr std::uint64_t load_number(const char* at) {
  if (std::is_constant_evaluated()) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      number |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    }
    return number;
  }
  Number number;
  std::memcpy(&number, at, sizeof(Number));
  return number;
}

// The first sixteen bytes of a text, zeros behind its end.
struct Word {
  static constexpr std::size_t kBytes = 16;

  std::uint64_t first = 0, second = 0;

  bool operator==(const Word&) const = default;

  static constexpr Word of(std::string_view text) {
    const char* const at = text.data();
    const std::size_t size = text.size();
    if (size >= kBytes) return {load_number<std::uint64_t>(at), load_number<std::uint64_t>(at + 8)};
    if (size > 8)
      return {load_number<std::uint64_t>(at), load_number<std::uint64_t>(at + size - 8) >> (8 * (16 - size))};
    if (size >= 4) {
      const std::uint64_t last = load_number<std::uint32_t>(at + size - 4);
      return {load_number<std::uint32_t>(at) | last << (8 * (size - 4)), 0};
    }
    Word word;
    if (size > 0) word.first = static_cast<unsigned char>(at[0]);
    if (size > 1) word.first |= std::uint64_t{static_cast<unsigned char>(at[1])} << 8;
    if (size > 2) word.first |= std::uint64_t{static_cast<unsigned char>(at[2])} << 16;
    return word;
  }

  constexpr Word lower() const { return {lower_bytes(first), lower_bytes(second)}; }
  // ' ' and '_' as '-'.
  constexpr Word dashed() const { return {dashed_bytes(first), dashed_bytes(second)}; }
  constexpr std::uint64_t hash() const {
    return (first ^ std::rotl(second, 29)) * 0x9e3779b97f4a7c15u;  // 2^64 divided by the golden ratio
  }

 private:
  static constexpr std::uint64_t kOnes = 0x0101010101010101u, kHigh = 0x80 * kOnes;

  // The lowest bit of each byte that is `c`.
  static constexpr std::uint64_t equal_bytes(std::uint64_t bytes, char c) {
    const std::uint64_t others = bytes ^ (static_cast<unsigned char>(c) * kOnes);
    return (~(((others & ~kHigh) + ~kHigh) | others) & kHigh) >> 7;
  }
  static constexpr std::uint64_t dashed_bytes(std::uint64_t bytes) {
    return bytes ^ (equal_bytes(bytes, ' ') * (' ' ^ '-')) ^ (equal_bytes(bytes, '_') * ('_' ^ '-'));
  }
};

// What words mean; they are written in lower case, each once.
template <class Meaning>
struct WordRow {
  std::string_view word;
  Meaning meaning;
};

template <class Meaning, std::size_t Count>
class WordTable {
 public:
  constexpr explicit WordTable(const std::array<WordRow<Meaning>, Count>& rows) : rows_(rows) {
    for (std::size_t i = 0; i < Count; ++i) {
      words_[i] = Word::of(rows_[i].word);
      std::size_t slot = slot_of(words_[i]);
      while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
      slots_[slot] = static_cast<std::uint8_t>(i + 1);
    }
  }

  // nullptr for a text that is none of the words.
  constexpr const Meaning* find(std::string_view text) const {
    const Word word = Word::of(text).lower();
    for (std::size_t slot = slot_of(word); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const std::size_t i = slots_[slot] - 1u;
      if (words_[i] != word || rows_[i].word.size() != text.size()) continue;
      if (text.size() <= Word::kBytes || equal_ignoring_case(text, rows_[i].word)) return &rows_[i].meaning;
    }
    return nullptr;
  }

 private:
  static_assert(Count < 200);
  static constexpr std::size_t kSlots = std::bit_ceil(4 * Count);
  static constexpr std::size_t slot_of(const Word& word) {
    return static_cast<std::size_t>(word.hash() >> (64 - std::countr_zero(kSlots)));
  }

  std::array<WordRow<Meaning>, Count> rows_{};
  std::array<Word, Count> words_{};
  std::array<std::uint8_t, kSlots> slots_{};  // the number of a row from 1
};

}  // namespace parsers

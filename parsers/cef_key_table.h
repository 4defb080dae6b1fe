// The known keys by what they are spelled as, for the two that look keys up in the hot path: parsers/cef_keys.cpp and
// parsers/cef_reader.cpp. Open addressing, built by the compiler.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "parsers/cef_keys.h"

namespace parsers::key_table {

inline constexpr std::array<std::string_view, kCefKeyCount + 1> kNames = {
#define LUREWATCH_NAME(key) std::string_view{#key},
    LUREWATCH_CEF_KEYS(LUREWATCH_NAME)
#undef LUREWATCH_NAME
        std::string_view{"unknown"}};

// Little-endian loads, spelled so that the table can be built by the compiler and the look-up is one instruction.
template <class Word>
constexpr std::uint64_t load(const char* at) {
  if (std::is_constant_evaluated()) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < sizeof(Word); ++i) {
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    }
    return word;
  }
  Word word;
  std::memcpy(&word, at, sizeof(Word));
  return word;
}
static_assert(std::endian::native == std::endian::little, "the hash of a key is computed from little-endian words");

inline constexpr std::size_t kWordBytes = 8;

// The first and the last eight bytes and the length: all that a key of up to 16 bytes is. Of a shorter key than eight
// bytes both words are the key, moved up to the word's end.
struct Words {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t size = 0;

  bool operator==(const Words&) const = default;

  // `at` is good for kWordBytes, `size` is not 0.
  static Words within(const char* at, std::size_t size) {
    const std::size_t head = std::min(size, kWordBytes);
    const auto shift = static_cast<unsigned>(8 * (kWordBytes - head));
    return {load<std::uint64_t>(at) << shift, load<std::uint64_t>(at + size - head) << shift, size};
  }

  static constexpr Words of(std::string_view key) {
    const char* const at = key.data();
    const std::size_t size = key.size();
    if (size >= kWordBytes) return {load<std::uint64_t>(at), load<std::uint64_t>(at + size - kWordBytes), size};
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i) {
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * (kWordBytes - size + i));
    }
    return {word, word, size};
  }

  constexpr std::size_t slot() const {
    return static_cast<std::size_t>(((first ^ std::rotl(last, 29)) * 0x9e3779b97f4a7c15u) >> (64 - kSlotBits));
  }

  static constexpr std::size_t kSlotBits = 12;  // 4,096 slots for some 200 keys: nearly every search ends at its first
};

inline constexpr std::size_t kSlots = std::size_t{1} << Words::kSlotBits;
using Index = std::uint8_t;
static_assert(kCefKeyCount < 256, "an Index holds no more");

inline constexpr auto kIndexes = [] {
  std::array<Index, kSlots> table{};
  for (auto& entry : table) entry = static_cast<Index>(kCefKeyCount);
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    std::size_t slot = Words::of(kNames[i]).slot();
    while (table[slot] != kCefKeyCount) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<Index>(i);
  }
  return table;
}();

// One more than there are keys: the last is that of an empty slot, and no key's.
inline constexpr auto kWords = [] {
  std::array<Words, kCefKeyCount + 1> words{};
  for (std::size_t i = 0; i < kCefKeyCount; ++i) words[i] = Words::of(kNames[i]);
  return words;
}();

[[gnu::always_inline]] inline CefKey find(std::string_view key, const Words& words) {
  for (std::size_t slot = words.slot();; slot = (slot + 1) % kSlots) {
    const Index index = kIndexes[slot];
    if (kWords[index] == words && (key.size() <= 2 * kWordBytes || kNames[index] == key)) {
      return static_cast<CefKey>(index);
    }
    if (index == kCefKeyCount) return CefKey::unknown;
  }
}

}  // namespace parsers::key_table

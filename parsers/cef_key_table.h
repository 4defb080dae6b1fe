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

inline constexpr std::size_t kHeadBytes = 16;

// The first sixteen bytes of a key, zeros behind its end.
struct Head {
  std::uint64_t first = 0;
  std::uint64_t second = 0;

  bool operator==(const Head&) const = default;

  static constexpr Head of(std::string_view key) {
    char bytes[kHeadBytes] = {};
    for (std::size_t i = 0; i < std::min(key.size(), kHeadBytes); ++i) bytes[i] = key[i];
    return {load<std::uint64_t>(bytes), load<std::uint64_t>(bytes + 8)};
  }

  // The same where kHeadBytes may be read at `at`.
  static Head within(const char* at, std::size_t size);

  constexpr std::size_t slot() const {
    return static_cast<std::size_t>(((first ^ std::rotl(second, 29)) * 0x9e3779b97f4a7c15u) >> (64 - kSlotBits));
  }

  static constexpr std::size_t kSlotBits = 12;  // 4,096 slots for some 200 keys: nearly every search ends at its first
};

// What is left of kHeadBytes by a key of so many bytes.
inline constexpr auto kHeadMasks = [] {
  std::array<Head, kHeadBytes + 1> masks{};
  char bytes[kHeadBytes] = {};
  for (std::size_t size = 1; size <= kHeadBytes; ++size) {
    bytes[size - 1] = static_cast<char>(0xff);
    masks[size] = {load<std::uint64_t>(bytes), load<std::uint64_t>(bytes + 8)};
  }
  return masks;
}();

inline Head Head::within(const char* at, std::size_t size) {
  const Head& mask = kHeadMasks[std::min(size, kHeadBytes)];
  return {load<std::uint64_t>(at) & mask.first, load<std::uint64_t>(at + 8) & mask.second};
}

inline constexpr std::size_t kSlots = std::size_t{1} << Head::kSlotBits;
using Index = std::uint8_t;
static_assert(kCefKeyCount < 256, "an Index holds no more");

inline constexpr auto kIndexes = [] {
  std::array<Index, kSlots> table{};
  for (auto& entry : table) entry = static_cast<Index>(kCefKeyCount);
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    std::size_t slot = Head::of(kNames[i]).slot();
    while (table[slot] != kCefKeyCount) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<Index>(i);
  }
  return table;
}();

// One more than there are keys: the last is that of an empty slot, and no key's.
inline constexpr auto kHeads = [] {
  std::array<Head, kCefKeyCount + 1> heads{};
  for (std::size_t i = 0; i < kCefKeyCount; ++i) heads[i] = Head::of(kNames[i]);
  return heads;
}();
inline constexpr auto kSizes = [] {
  std::array<std::uint8_t, kCefKeyCount + 1> sizes{};
  for (std::size_t i = 0; i < kCefKeyCount; ++i) sizes[i] = static_cast<std::uint8_t>(kNames[i].size());
  return sizes;
}();

[[gnu::always_inline]] inline CefKey find(std::string_view key, const Head& head) {
  for (std::size_t slot = head.slot();; slot = (slot + 1) % kSlots) {
    const Index index = kIndexes[slot];
    if (kHeads[index] == head && kSizes[index] == key.size() && (key.size() <= kHeadBytes || kNames[index] == key)) {
      return static_cast<CefKey>(index);
    }
    if (index == kCefKeyCount) return CefKey::unknown;
  }
}

}  // namespace parsers::key_table

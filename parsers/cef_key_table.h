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
    const char* const at = key.data();
    const std::size_t size = key.size();
    const auto behind = [](std::uint64_t word, std::size_t bytes) { return bytes == 0 ? 0 : word >> (8 * (8 - bytes)); };
    if (size >= kHeadBytes) return {load<std::uint64_t>(at), load<std::uint64_t>(at + 8)};
    if (size >= 8) return {load<std::uint64_t>(at), behind(load<std::uint64_t>(at + size - 8), size - 8)};
    Head head;
    for (std::size_t i = size; i-- > 0;) head.first = head.first << 8 | static_cast<unsigned char>(at[i]);
    return head;
  }

  // The same of no more than kHeadBytes, where so many may be read at `at`.
  static Head within(const char* at, std::size_t size);

  constexpr std::size_t slot() const {
    return static_cast<std::size_t>(((first ^ std::rotl(second, 29)) * 0xe4b06ce60741c7a9u) >> (64 - kSlotBits));
  }

  static constexpr std::size_t kSlotBits = 12;  // 4,096 slots for some 200 keys: nearly every search ends at its first
};

inline constexpr std::size_t kSlots = std::size_t{1} << Head::kSlotBits;
using Index = std::uint8_t;
static_assert(kCefKeyCount < 256, "an Index holds no more");

// Together, so that one address leads to all.
struct Table {
  std::array<Head, kHeadBytes + 1> masks{};  // what is left of kHeadBytes by a key of so many bytes
  // By the number of a key; the last is of an empty slot, and no key's.
  std::array<Head, kCefKeyCount + 1> heads{};
  std::array<std::uint8_t, kCefKeyCount + 1> sizes{};
  std::array<Index, kSlots> indexes{};
};
inline constexpr Table kTable = [] {
  Table table;
  char bytes[kHeadBytes] = {};
  for (std::size_t size = 1; size <= kHeadBytes; ++size) {
    bytes[size - 1] = static_cast<char>(0xff);
    table.masks[size] = {load<std::uint64_t>(bytes), load<std::uint64_t>(bytes + 8)};
  }
  for (auto& index : table.indexes) index = static_cast<Index>(kCefKeyCount);
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    table.heads[i] = Head::of(kNames[i]);
    table.sizes[i] = static_cast<std::uint8_t>(kNames[i].size());
    std::size_t slot = table.heads[i].slot();
    while (table.indexes[slot] != kCefKeyCount) slot = (slot + 1) % kSlots;
    table.indexes[slot] = static_cast<Index>(i);
  }
  return table;
}();

[[gnu::always_inline]] inline Head Head::within(const char* at, std::size_t size) {
  const Head& mask = kTable.masks[size];
  return {load<std::uint64_t>(at) & mask.first, load<std::uint64_t>(at + 8) & mask.second};
}

inline CefKey find(std::string_view key) {
  const Head head = Head::of(key);
  for (std::size_t slot = head.slot();; slot = (slot + 1) % kSlots) {
    const Index index = kTable.indexes[slot];
    if (kNames[index] == key && index != kCefKeyCount) return static_cast<CefKey>(index);
    if (index == kCefKeyCount) return CefKey::unknown;
  }
}

// A key of no more than kHeadBytes, where it stands in its first slot, as nearly all do (the factor in Head::slot() is
// chosen for that); CefKey::unknown says nothing then.
[[gnu::always_inline]] inline CefKey find_at_once(std::size_t size, const Head& head) {
  const Index index = kTable.indexes[head.slot()];
  const bool is_it = kTable.heads[index] == head && kTable.sizes[index] == size;
  return is_it ? static_cast<CefKey>(index) : CefKey::unknown;
}

}  // namespace parsers::key_table

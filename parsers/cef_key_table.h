// The known keys by what they are spelled as, for the two that look keys up in the hot path: parsers/cef_keys.cpp and
// parsers/cef_reader.cpp. Open addressing, built by the compiler.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "parsers/cef_keys.h"
#include "parsers/words.h"

namespace parsers::key_table {

inline constexpr std::array<std::string_view, kCefKeyCount + 1> kNames = {
#define LUREWATCH_NAME(key) std::string_view{#key},
    LUREWATCH_CEF_KEYS(LUREWATCH_NAME)
#undef LUREWATCH_NAME
        std::string_view{"unknown"}};

inline constexpr std::size_t kHeadBytes = Word::kBytes;
inline constexpr std::size_t kSlotBits = 12;  // 4,096 slots for some 200 keys

// The factor gives each of the known keys, by its first sixteen bytes, a slot of its own.
constexpr std::size_t slot_of(const Word& head) {
  return static_cast<std::size_t>(((head.first ^ std::rotl(head.second, 29)) * 0xe4b06ce60741c7a9u) >> (64 - kSlotBits));
}

// The first bytes of a key of no more than kHeadBytes, where so many may be read at `at`.
Word head_within(const char* at, std::size_t size);

inline constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
using Index = std::uint8_t;
static_assert(kCefKeyCount < 256, "an Index holds no more");

// Together, so that one address leads to all.
struct Table {
  std::array<Word, kHeadBytes + 1> masks{};  // what is left of kHeadBytes by a key of so many bytes
  // By the number of a key; the last is of an empty slot, and no key's.
  std::array<Word, kCefKeyCount + 1> heads{};
  std::array<std::uint8_t, kCefKeyCount + 1> sizes{};
  std::array<Index, kSlots> indexes{};
};
inline constexpr Table kTable = [] {
  Table table;
  char bytes[kHeadBytes] = {};
  for (std::size_t size = 1; size <= kHeadBytes; ++size) {
    bytes[size - 1] = static_cast<char>(0xff);
    table.masks[size] = {load_number<std::uint64_t>(bytes), load_number<std::uint64_t>(bytes + 8)};
  }
  table.heads[kCefKeyCount] = {~std::uint64_t{0}, 0};  // no empty key's
  for (auto& index : table.indexes) index = static_cast<Index>(kCefKeyCount);
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    table.heads[i] = Word::of(kNames[i]);
    table.sizes[i] = static_cast<std::uint8_t>(kNames[i].size());
    std::size_t slot = slot_of(table.heads[i]);
    while (table.indexes[slot] != kCefKeyCount) slot = (slot + 1) % kSlots;
    table.indexes[slot] = static_cast<Index>(i);
  }
  return table;
}();

[[gnu::always_inline]] inline Word head_within(const char* at, std::size_t size) {
  const Word& mask = kTable.masks[size];
  return {load_number<std::uint64_t>(at) & mask.first, load_number<std::uint64_t>(at + 8) & mask.second};
}

inline CefKey find(std::string_view key) {
  const Word head = Word::of(key);
  for (std::size_t slot = slot_of(head);; slot = (slot + 1) % kSlots) {
    const Index index = kTable.indexes[slot];
    if (kNames[index] == key && index != kCefKeyCount) return static_cast<CefKey>(index);
    if (index == kCefKeyCount) return CefKey::unknown;
  }
}

// The number of a known key of no more than kHeadBytes; false for any other.
[[gnu::always_inline]] inline bool find_short(std::size_t size, const Word& head, CefKey& key) {
  const Index index = kTable.indexes[slot_of(head)];
  key = static_cast<CefKey>(index);
  return kTable.heads[index] == head && kTable.sizes[index] == size;
}
static_assert([] {
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    if (kNames[i].size() <= kHeadBytes && kTable.indexes[slot_of(kTable.heads[i])] != i) return false;
  }
  return true;
}(), "another factor for slot_of(): short keys are looked for in their first slot alone");

}  // namespace parsers::key_table

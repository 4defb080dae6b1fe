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
  return static_cast<std::size_t>(((head.first ^ std::rotl(head.second, 29)) * 0xe4b06ce60741c7a9u) >>
                                  (64 - kSlotBits));
}

inline constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
using Index = std::uint8_t;
static_assert(kCefKeyCount < 256, "an Index holds no more");

// Together, so that one address leads to all; by number of bytes, by number of a key (the last is of an empty slot, and
// no key's), by slot.
struct Table {
  std::array<std::uint64_t, kHeadBytes + 1> first_masks{}, second_masks{};  // what is left of kHeadBytes
  std::array<std::uint64_t, kCefKeyCount + 1> firsts{}, seconds{};          // the Word of a key
  std::array<std::uint8_t, kCefKeyCount + 1> sizes{};
  std::array<Index, kSlots> indexes{};
};
inline constexpr Table kTable = [] {
  Table table;
  char bytes[kHeadBytes] = {};
  for (std::size_t size = 1; size <= kHeadBytes; ++size) {
    bytes[size - 1] = static_cast<char>(0xff);
    table.first_masks[size] = load_number<std::uint64_t>(bytes);
    table.second_masks[size] = load_number<std::uint64_t>(bytes + 8);
  }
  for (auto& index : table.indexes) index = static_cast<Index>(kCefKeyCount);
  table.firsts[kCefKeyCount] = ~std::uint64_t{0};  // no empty key's
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    const Word word = Word::of(kNames[i]);
    table.firsts[i] = word.first;
    table.seconds[i] = word.second;
    table.sizes[i] = static_cast<std::uint8_t>(kNames[i].size());
    std::size_t slot = slot_of(word);
    while (table.indexes[slot] != kCefKeyCount) slot = (slot + 1) % kSlots;
    table.indexes[slot] = static_cast<Index>(i);
  }
  return table;
}();

inline CefKey find(std::string_view key) {
  const Word head = Word::of(key);
  for (std::size_t slot = slot_of(head);; slot = (slot + 1) % kSlots) {
    const Index index = kTable.indexes[slot];
    if (kNames[index] == key && index != kCefKeyCount) return static_cast<CefKey>(index);
    if (index == kCefKeyCount) return CefKey::unknown;
  }
}

// The number of a known key of no more than kHeadBytes, of which as many may be read at `at`; false for any other.
[[gnu::always_inline]] inline bool find_short(const char* at, std::size_t size, CefKey& key) {
  const Word head{load_number<std::uint64_t>(at) & kTable.first_masks[size],
                  load_number<std::uint64_t>(at + 8) & kTable.second_masks[size]};
  const Index index = kTable.indexes[slot_of(head)];
  key = static_cast<CefKey>(index);
  return kTable.firsts[index] == head.first && kTable.seconds[index] == head.second &&
         kTable.sizes[index] == static_cast<std::uint8_t>(size);
}
static_assert(
    [] {
      for (std::size_t i = 0; i < kCefKeyCount; ++i) {
        if (kNames[i].size() <= kHeadBytes && kTable.indexes[slot_of(Word::of(kNames[i]))] != i) return false;
      }
      return true;
    }(),
    "another factor for slot_of(): short keys are looked for in their first slot alone");

}  // namespace parsers::key_table

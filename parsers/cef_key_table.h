// The known keys by what they are spelled as, for the two that look keys up in the hot path: parsers/cef_keys.cpp and
// parsers/cef_reader.cpp. Built by the compiler.
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

// The factor gives each of the known keys of no more than kHeadBytes a slot of its own.
constexpr std::size_t slot_of(const Word& head) {
  return static_cast<std::size_t>(((head.first ^ std::rotl(head.second, 29)) * 0xe4b06ce60741c7a9u) >>
                                  (64 - kSlotBits));
}

// Of a longer key the first and the last kHeadBytes are all of it.
inline constexpr std::size_t kLongestKey = 2 * kHeadBytes;
inline constexpr std::size_t kLongSlotBits = 10;  // 1,024 slots for some 70 keys
constexpr std::size_t long_slot_of(const Word& head, const Word& tail) {
  return static_cast<std::size_t>(
      ((head.first ^ std::rotl(tail.first, 13) ^ std::rotl(tail.second, 29)) * 0x9e3779b97f4a7c15u) >>
      (64 - kLongSlotBits));
}

using Index = std::uint8_t;
static_assert(kCefKeyCount < 256, "an Index holds no more");
inline constexpr Index kEmpty = static_cast<Index>(kCefKeyCount);

// Together, so that one address leads to all; by number of bytes, by number of a key (the last is of an empty slot, and
// no key's), by slot.
struct Table {
  std::array<std::uint64_t, kHeadBytes + 1> first_masks{}, second_masks{};  // what is left of kHeadBytes
  std::array<std::uint64_t, kCefKeyCount + 1> firsts{}, seconds{};          // the Word of a key
  std::array<std::uint8_t, kCefKeyCount + 1> sizes{};
  std::array<Word, kCefKeyCount + 1> tails{};  // the last bytes of a key of more than kHeadBytes
  std::array<Index, std::size_t{1} << kSlotBits> indexes{};
  std::array<Index, std::size_t{1} << kLongSlotBits> long_indexes{};
};
inline constexpr Table kTable = [] {
  Table table;
  char bytes[kHeadBytes] = {};
  for (std::size_t size = 1; size <= kHeadBytes; ++size) {
    bytes[size - 1] = static_cast<char>(0xff);
    table.first_masks[size] = load_number<std::uint64_t>(bytes);
    table.second_masks[size] = load_number<std::uint64_t>(bytes + 8);
  }
  for (auto& index : table.indexes) index = kEmpty;
  for (auto& index : table.long_indexes) index = kEmpty;
  table.firsts[kEmpty] = ~std::uint64_t{0};  // no empty key's
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    const std::string_view name = kNames[i];
    const Word word = Word::of(name);
    table.firsts[i] = word.first;
    table.seconds[i] = word.second;
    table.sizes[i] = static_cast<std::uint8_t>(name.size());
    if (name.size() <= kHeadBytes) {
      table.indexes[slot_of(word)] = static_cast<Index>(i);
      continue;
    }
    table.tails[i] = Word::of(name.substr(name.size() - kHeadBytes));
    std::size_t slot = long_slot_of(word, table.tails[i]);
    while (table.long_indexes[slot] != kEmpty) slot = (slot + 1) % table.long_indexes.size();
    table.long_indexes[slot] = static_cast<Index>(i);
  }
  return table;
}();
static_assert(
    [] {
      for (std::size_t i = 0; i < kCefKeyCount; ++i) {
        if (kNames[i].size() > kLongestKey) return false;
        if (kNames[i].size() <= kHeadBytes && kTable.indexes[slot_of(Word::of(kNames[i]))] != i) return false;
      }
      return true;
    }(),
    "a longer kLongestKey, or another factor for slot_of(): short keys are looked for in their first slot alone");

[[gnu::always_inline]] inline bool is_short_key(Index index, const Word& head, std::size_t size) {
  return kTable.firsts[index] == head.first && kTable.seconds[index] == head.second &&
         kTable.sizes[index] == static_cast<std::uint8_t>(size);
}

// The number of a known key of no more than kHeadBytes, of which as many may be read at `at`; false for any other.
[[gnu::always_inline]] inline bool find_short(const char* at, std::size_t size, CefKey& key) {
  const Word head{load_number<std::uint64_t>(at) & kTable.first_masks[size],
                  load_number<std::uint64_t>(at + 8) & kTable.second_masks[size]};
  const Index index = kTable.indexes[slot_of(head)];
  key = static_cast<CefKey>(index);
  return is_short_key(index, head, size);
}

// The same for a key of more than kHeadBytes; CefKey::unknown for any other.
inline CefKey find_long(std::string_view key) {
  if (key.size() > kLongestKey) return CefKey::unknown;
  const Word head = Word::of(key), tail = Word::of(key.substr(key.size() - kHeadBytes));
  for (std::size_t slot = long_slot_of(head, tail);; slot = (slot + 1) % kTable.long_indexes.size()) {
    const Index index = kTable.long_indexes[slot];
    if (index == kEmpty) return CefKey::unknown;
    if (kTable.tails[index] == tail && is_short_key(index, head, key.size())) return static_cast<CefKey>(index);
  }
}

inline CefKey find(std::string_view key) {
  if (key.size() > kHeadBytes) return find_long(key);
  const Word head = Word::of(key);
  const Index index = kTable.indexes[slot_of(head)];
  return is_short_key(index, head, key.size()) ? static_cast<CefKey>(index) : CefKey::unknown;
}

}  // namespace parsers::key_table

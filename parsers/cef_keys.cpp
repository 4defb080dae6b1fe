#include "parsers/cef_keys.h"

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

namespace parsers {
namespace {

constexpr std::array<std::string_view, kCefKeyCount + 1> kNames = {
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

// The first and the last eight bytes and the length tell all keys of the table apart but for a few.
constexpr std::uint64_t hash(std::string_view key) {
  const char* first = key.data();
  const std::size_t size = key.size();
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (size >= 8) {
    a = load<std::uint64_t>(first);
    b = load<std::uint64_t>(first + size - 8);
  } else if (size >= 4) {
    a = load<std::uint32_t>(first);
    b = load<std::uint32_t>(first + size - 4);
  } else if (size >= 2) {
    a = load<std::uint16_t>(first);
    b = load<std::uint16_t>(first + size - 2);
  } else if (size == 1) {
    a = static_cast<unsigned char>(first[0]);
  }
  return ((a * 0x9e3779b97f4a7c15u) ^ (b + size)) * 0xff51afd7ed558ccdu;
}

constexpr std::size_t kSlotBits = 11;  // 2,048 slots for some 240 keys: nearly every search ends at its first slot
constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
constexpr std::size_t slot_of(std::uint64_t hash) { return static_cast<std::size_t>(hash >> (64 - kSlotBits)); }

using Table = std::array<CefKey, kSlots>;
constexpr Table kTable = [] {
  Table table{};
  for (auto& entry : table) entry = CefKey::unknown;
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    std::size_t slot = slot_of(hash(kNames[i]));
    while (table[slot] != CefKey::unknown) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<CefKey>(i);
  }
  return table;
}();

}  // namespace

CefKey find_cef_key(std::string_view key) {
  for (std::size_t slot = slot_of(hash(key)); kTable[slot] != CefKey::unknown; slot = (slot + 1) % kSlots) {
    const std::string_view name = kNames[static_cast<std::size_t>(kTable[slot])];
    if (name.size() == key.size() && std::memcmp(name.data(), key.data(), key.size()) == 0) return kTable[slot];
  }
  return CefKey::unknown;
}

std::string_view to_string(CefKey key) { return kNames[static_cast<std::size_t>(key)]; }

}  // namespace parsers

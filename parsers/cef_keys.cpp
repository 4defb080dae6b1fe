#include "parsers/cef_keys.h"

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

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

// The first and the last eight bytes and the length: all that a key of up to 16 bytes is.
struct Words {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t size = 0;

  bool operator==(const Words&) const = default;

  constexpr explicit Words(std::string_view key) : size(key.size()) {
    const char* const data = key.data();
    if (size >= 8) {
      first = load<std::uint64_t>(data);
      last = load<std::uint64_t>(data + size - 8);
    } else if (size >= 4) {
      first = load<std::uint32_t>(data);
      last = load<std::uint32_t>(data + size - 4);
    } else if (size >= 2) {
      first = load<std::uint16_t>(data);
      last = load<std::uint16_t>(data + size - 2);
    } else if (size == 1) {
      first = static_cast<unsigned char>(data[0]);
    }
  }

  constexpr std::size_t slot() const {
    const std::uint64_t hash = ((first * 0x9e3779b97f4a7c15u) ^ (last + size)) * 0xff51afd7ed558ccdu;
    return static_cast<std::size_t>(hash >> (64 - kSlotBits));
  }

  static constexpr std::size_t kSlotBits = 10;  // 1,024 slots for some 200 keys: most searches end at their first
};

constexpr std::size_t kSlots = std::size_t{1} << Words::kSlotBits;
static_assert(kCefKeyCount < kSlots / 2);

constexpr auto kTable = [] {
  std::array<CefKey, kSlots> table{};
  for (auto& entry : table) entry = CefKey::unknown;
  for (std::size_t i = 0; i < kCefKeyCount; ++i) {
    std::size_t slot = Words{kNames[i]}.slot();
    while (table[slot] != CefKey::unknown) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<CefKey>(i);
  }
  return table;
}();

constexpr auto kWords = []<std::size_t... index>(std::index_sequence<index...>) {
  return std::array<Words, kCefKeyCount>{Words{kNames[index]}...};
}(std::make_index_sequence<kCefKeyCount>{});

}  // namespace

CefKey find_cef_key(std::string_view key) {
  const Words words{key};
  for (std::size_t slot = words.slot(); kTable[slot] != CefKey::unknown; slot = (slot + 1) % kSlots) {
    const auto index = static_cast<std::size_t>(kTable[slot]);
    if (kWords[index] == words && (key.size() <= 16 || kNames[index] == key)) return kTable[slot];
  }
  return CefKey::unknown;
}

std::string_view to_string(CefKey key) { return kNames[static_cast<std::size_t>(key)]; }

}  // namespace parsers

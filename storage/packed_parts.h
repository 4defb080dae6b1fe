// What packed messages (message_codec.h) consist of: found, while no value has been looked at.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "storage/bytes.h"
#include "storage/event_store.h"

namespace storage {

// How values stand: each as text and LF, as Lurewatch wrote before segment schema 3; or as in message_codec.h.
enum class Values { plain, with_references };

// Each text takes a byte at least: a damaged count can't ask for more memory than the text has bytes.
struct PackedParts {
  struct Node {
    std::uint32_t parent = 0;
    std::string_view name, values;
  };
  static constexpr std::size_t kMaxNodes = 4096;

  // Everything points into `packed`. False when it is damaged, or its messages have more than `max_bytes`.
  bool find(std::string_view packed, std::size_t max_bytes);

  std::uint64_t total = 0, count = 0;  // bytes of all messages; their number
  std::vector<Node> nodes;
  ByteReader ends{{}}, lone{{}};  // what is behind `count`; the messages that are not cut

 private:
  bool find_nodes(ByteReader& reader);
  std::vector<std::string_view> names_;
};

// Of the messages of a block.
inline std::size_t total_bytes(std::span<const IndexEntry> entries) {
  return entries.empty() ? 0 : std::size_t{entries.back().offset} + entries.back().length;
}

inline constexpr unsigned char kLiteral = 0x0f, kReference = 0x10;
inline constexpr std::size_t kPlacesOfTexts = 16;

// Whether a text that begins so would be taken for a reference, or for what stands in front of one that is none.
constexpr bool begins_like_code(char c) { return static_cast<unsigned char>(c) - unsigned{kLiteral} <= kPlacesOfTexts; }

// `before` bytes may be read in front of the text.
[[gnu::always_inline]] inline std::size_t place_of(std::string_view text, std::size_t before) {
  constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15u;
  std::uint64_t tail = 0;
  if (text.empty()) return 0;
  if (text.size() + before >= sizeof tail) {
    std::memcpy(&tail, text.data() + text.size() - sizeof tail, sizeof tail);
    if constexpr (std::endian::native == std::endian::big) tail = __builtin_bswap64(tail);
    if (text.size() < sizeof tail) tail >>= 8 * (sizeof tail - text.size());
  } else {
    for (std::size_t i = text.size(); i-- > 0;) tail = tail << 8 | static_cast<unsigned char>(text[i]);
  }
  return (tail * kMix) >> 60;
}

// memcpy without the call, for pieces that are nearly always short. Up to `room` bytes may be read and written.
[[gnu::always_inline]] inline void copy_short(char* to, const char* from, std::size_t count, std::size_t room) {
  if (count <= 32 && room >= 32) {
    std::memcpy(to, from, 32);
  } else if (count <= 16 && room >= 16) {
    std::memcpy(to, from, 16);
  } else if (count != 0) {
    std::memcpy(to, from, count);
  }
}

}  // namespace storage

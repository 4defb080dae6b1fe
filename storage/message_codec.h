// The messages of a block cut into fields and ordered by field, so that zstd meets like beside like: half the bytes of
// a CEF message are names that say nothing new, and ports compress better among ports.
//
// A message is cut at its CEF header and at each " name=", whatever that means: it is put together again from the same
// pieces, byte for byte. The names of a message in their order are a path in a tree, and each node of the tree has the
// values that followed its name there.
//
//   packed = total(varint) names nodes ends values lone
//   names  = count(varint) *( length(varint) text )
//   nodes  = count(varint) *( parent(varint) name(varint) )  ; numbered from 1, after their parents; 0 is the root,
//                                                            ; whose value stands in front of the first name
//   ends   = count(varint) *( node + 1 (varint) )            ; where the path of each message ends; 0: it is lone
//   values = size(varint) of the root and each node ; then *value of each in the same order
//   value  = %x10-1f              ; the text that stands at this place of the node
//          / [ %x0f ] text LF     ; from now on at its own place; %x0f in front of a text that begins with %x0f-1f
//   lone   = *( length(varint) text )                        ; messages that hold a LF: they are not cut
//
// A node has 16 places for texts, all empty at first: half of all values are what the field had a moment ago, and cost
// zstd nothing. The place of a text: its last 8 bytes as a little-endian number (fewer where it has fewer), times
// 0x9e3779b97f4a7c15; the highest 4 of the product's lower 64 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/byte_scan.h"
#include "storage/compression.h"
#include "storage/event_store.h"
#include "storage/message_picker.h"
#include "storage/packed_parts.h"

namespace storage {

// Reuse one per thread: in the steady state nothing is allocated.
class MessagePacker {
 public:
  MessagePacker();
  void clear();
  void add(std::string_view message);
  // Of everything added since clear(). Points into the packer until its next use.
  std::string_view pack();
  // Bytes of the messages that were not cut.
  std::size_t uncut_bytes() const { return uncut_; }
  std::size_t bytes() const { return total_; }

  // The most of a block. Names beyond stay in the value in front of them.
  static constexpr std::size_t kMaxNodes = PackedParts::kMaxNodes, kMaxDepth = 512, kMaxNameBytes = 64;
  static constexpr std::size_t kPlaces = kPlacesOfTexts;  // of texts, in each node

 private:
  struct Column {
    struct Text {
      std::uint32_t at = 0, size = 0;  // within `bytes`
    };
    std::unique_ptr<char[]> bytes;
    char *end = nullptr, *limit = nullptr;  // of what is there; of `bytes`
    std::array<Text, kPlaces> texts{};
    static constexpr std::size_t kSlack = 34;  // bytes that may be written behind the last
    void clear();
    void append(std::string_view value, std::size_t before, std::size_t room);
    void grow(std::size_t needed);
    std::string_view view() const { return {bytes.get(), static_cast<std::size_t>(end - bytes.get())}; }
  };
  struct Node {
    std::uint32_t parent = 0, name = 0;  // their numbers
    Column* column = nullptr;
    Node* next = nullptr;   // the child taken last; null: none
    std::string_view text;  // of the name
  };
  static constexpr std::size_t kSlots = 4 * kMaxNodes;
  using Slots = std::vector<std::uint32_t>;  // hash table of numbers; 0: free

  // The child of `node` with that name, made where there is none; null: it is no name, or there are too many.
  Node* child(Node& node, std::string_view name);
  std::uint32_t find_or_add_child(std::uint32_t node, std::string_view name);
  std::uint32_t find_or_add_name(std::string_view name);
  void add_node(std::uint32_t parent, std::uint32_t name, std::string_view text);
  Node* take_header(std::string_view message, std::size_t& value_begin);

  std::size_t total_ = 0, uncut_ = 0, name_count_ = 0;
  std::vector<Node> nodes_;        // never moves: it has the memory of kMaxNodes from the beginning
  std::deque<Column> columns_;     // of the nodes; those of former blocks are kept for their memory
  std::deque<std::string> names_;  // likewise
  Slots node_slots_, name_slots_;
  std::vector<std::uint32_t> ends_;
  std::string lone_, packed_;
  parsers::ByteScan scan_;
};

// False when `packed` is damaged, or makes more than `max_bytes`.
bool unpack_messages(std::string_view packed, Values values, std::size_t max_bytes, std::string& out);

// The messages of a block as they stand on disk.
//
//   raw = %x02 zstd-frame(packed)
//       / %x01 zstd-frame(packed with plain values)  ; as Lurewatch wrote before segment schema 3
//       / zstd-frame(messages one after the other)   ; before 2
class MessageEncoder {
 public:
  // The entries' messages lie in `bytes`. Points into `compressor` until its next use.
  std::string_view encode(std::string_view bytes, std::span<const IndexEntry> entries, Compressor& compressor);

 private:
  MessagePacker packer_;
};

class MessageDecoder {
 public:
  // False when `raw` is damaged, or makes more than `max_bytes`.
  bool decode(std::string_view raw, std::size_t max_bytes, Decompressor& decompressor, std::string& out);
  // The same where `entries` are those of the whole block, and only the messages `wanted` (ascending, numbers of
  // entries) need be in `out`.
  bool decode_some(std::string_view raw, std::span<const IndexEntry> entries, std::span<const std::uint32_t> wanted,
                   Decompressor& decompressor, std::string& out);

 private:
  bool unwrap(std::string_view raw, std::size_t max_bytes, Decompressor& decompressor);

  std::string packed_;
  MessagePicker picker_;
};

}  // namespace storage

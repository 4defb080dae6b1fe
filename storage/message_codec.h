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
//   values = size(varint) of the root and each node ; then *( value LF ) of each in the same order
//   lone   = *( length(varint) text )                        ; messages that hold a LF: they are not cut
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/byte_scan.h"
#include "storage/compression.h"
#include "storage/event_store.h"

namespace storage {

// Reuse one per thread: in the steady state nothing is allocated.
class MessagePacker {
 public:
  MessagePacker();
  void clear();
  void add(std::string_view message);
  // Of everything added since clear(). Points into the packer until its next use.
  std::string_view pack();

  // The most of a block. Names beyond stay in the value in front of them.
  static constexpr std::size_t kMaxNodes = 4096, kMaxDepth = 512, kMaxNameBytes = 64;

 private:
  struct Column {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0, capacity = 0;
    static constexpr std::size_t kSlack = 33;  // bytes that may be written behind the last
    void append_line(std::string_view value, std::size_t room);
    void grow(std::size_t needed);
  };
  struct Node {
    std::uint32_t parent = 0, name = 0;
    std::uint32_t next = 0;  // the child taken last; 0: none
    std::string_view text;   // of the name
  };
  static constexpr std::size_t kSlots = 4 * kMaxNodes;
  using Slots = std::vector<std::uint32_t>;  // hash table of numbers; 0: free

  // The child of `node` with that name, made where there is none; 0: it is no name, or there are too many.
  std::uint32_t child(std::uint32_t node, std::string_view name);
  std::uint32_t find_or_add_child(std::uint32_t node, std::string_view name);
  std::uint32_t find_or_add_name(std::string_view name);
  std::uint32_t take_header(std::string_view message, std::size_t& value_begin);

  std::size_t total_ = 0, name_count_ = 0;
  std::vector<Node> nodes_;
  std::vector<Column> columns_;    // of the nodes; those of former blocks are kept for their memory
  std::deque<std::string> names_;  // likewise
  Slots node_slots_, name_slots_;
  std::vector<std::uint32_t> ends_;
  std::string lone_, packed_;
  parsers::ByteScan scan_;
};

// False when `packed` is damaged, or makes more than `max_bytes`.
bool unpack_messages(std::string_view packed, std::size_t max_bytes, std::string& out);

// The messages of a block as they stand on disk.
//
//   raw = %x01 zstd-frame(packed)
//       / zstd-frame(messages one after the other)  ; as Lurewatch wrote before segment schema 2
class MessageEncoder {
 public:
  // `bytes` are those of the entries, one after the other. Points into `compressor` until its next use.
  std::string_view encode(std::string_view bytes, const std::vector<IndexEntry>& entries, Compressor& compressor);

 private:
  MessagePacker packer_;
};

class MessageDecoder {
 public:
  // False when `raw` is damaged, or makes more than `max_bytes`.
  bool decode(std::string_view raw, std::size_t max_bytes, Decompressor& decompressor, std::string& out);

 private:
  std::string packed_;
};

}  // namespace storage

// The index of a block's messages, column by column, in few bytes.
//
//   entries = one zstd frame of: vendor, outcome (1 byte each); host codes and lengths (4 planes each: all low bytes,
//             all second bytes ...); time units (1 byte each); then, message by message, varints of received, time,
//             flags, source, reason
//   hosts   = the host keys in the order in which they come first in this block, 6 bytes each; apart for searching
//
// A host code is 0 for the host of the message before (at first none, 0), 1 for one that is new in this block (the next
// of `hosts`), n + 2 for the nth of `hosts`. Random keys can't be compressed, so each stands once.
//
// Times are differences to the message before (zigzag); event time in the largest of the units s, ms, µs that is exact.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/bytes.h"
#include "storage/compression.h"
#include "storage/event_store.h"

namespace storage {

// The most that a block may hold; limits against damaged files. A block of kMaxBlockTarget (event_store.cpp) stays
// below.
inline constexpr std::size_t kMaxBlockEntries = 1u << 20;
inline constexpr std::size_t kMaxBlockBytes = 1u << 30;

// The list of a block's host keys.
void put_host(std::string& hosts, std::uint64_t key);
std::uint64_t take_host(ByteReader& hosts);

class EntryEncoder {
 public:
  // `source` and `reason` are numbers of the segment's tables; `offset` is not kept.
  void encode(std::span<const IndexEntry> entries, Compressor& compressor);
  const std::string& hosts() const { return hosts_; }
  // Points into the compressor until its next use.
  std::string_view entries() const { return out_; }

 private:
  // The number of each key of a column, in order of appearance. Open addressing, emptied by a new generation.
  class Numbers {
   public:
    void clear(std::size_t expected);
    // The key's number; it becomes `next` when it is new.
    std::uint32_t find_or_add(std::uint64_t key, std::uint32_t next);

   private:
    struct Slot {
      std::uint64_t key = 0;
      std::uint32_t number = 0, generation = 0;
    };
    std::vector<Slot> slots_;
    std::uint32_t generation_ = 0;
  };

  void add_hosts(std::span<const IndexEntry> entries);
  void add_planes();
  void add_plain_columns(std::span<const IndexEntry> entries);

  Numbers numbers_;
  std::vector<std::uint32_t> codes_;
  std::string columns_, hosts_;
  std::string_view out_;
};

// Sets everything; `offset` becomes the place in the block's raw bytes. False when the blobs are damaged.
bool decode_entries(std::string_view hosts, std::string_view entries, std::size_t count, Decompressor& decompressor,
                    std::vector<IndexEntry>& out);

// True when `hosts` of a block holds `key`.
bool holds_host(std::string_view hosts, std::uint64_t key);

}  // namespace storage

// The index of a block's messages, column by column, in few bytes.
//
//   entries = columns-size (u32) columns keys
//   columns = one zstd frame of: which keys are kept (0: all, 1: host alone); vendor, outcome (1 byte each); url,
//             no_query, host, user, destination codes and lengths (4 planes each: all low bytes, all second bytes
//             ...); time units (1 byte each); then, message by message, varints of received, time, flags, source,
//             reason
//   keys    = the keys that came first in this block, 8 bytes each: url's, then no_query's, user's, destination's
//   hosts   = the same of the host column, kept apart for searching
//
// A key column is a list of codes: 0 is the key that is expected, 1 a key that is new in this block (the next of
// `keys`), n + 2 the column's nth new key. Expected is the key of the message before; for no_query the url key; for
// destination the one that went with this host last; at first 0. Random keys can't be compressed, so each stands once.
//
// Times are differences to the message before (zigzag); event time in the largest of the units s, ms, µs that is exact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/compression.h"
#include "storage/event_store.h"

namespace storage {

// The most that a block may hold; limits against damaged files. A block of kMaxBlockTarget (event_store.cpp) stays
// below.
inline constexpr std::size_t kMaxBlockEntries = 1u << 20;
inline constexpr std::size_t kMaxBlockBytes = 1u << 30;

class EntryEncoder {
 public:
  // `source` and `reason` are numbers of the segment's tables; `offset` is not kept.
  void encode(const std::vector<IndexEntry>& entries, StoreOptions::Keys kept, Compressor& compressor);
  const std::string& hosts() const { return hosts_; }
  const std::string& entries() const { return out_; }

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

  template <class KeyOf, class Expected>
  void add_keys(std::size_t count, std::string& new_keys, KeyOf key_of, Expected expected);
  void add_planes();
  void add_key_columns(const std::vector<IndexEntry>& entries, StoreOptions::Keys kept);
  void add_plain_columns(const std::vector<IndexEntry>& entries);

  Numbers numbers_;
  std::vector<std::uint32_t> codes_;
  std::vector<std::uint64_t> destination_of_host_;
  std::vector<std::uint32_t> host_numbers_;
  std::string columns_, keys_, hosts_, out_;
};

// Sets everything; `offset` becomes the place in the block's raw bytes. False when the blobs are damaged.
bool decode_entries(std::string_view hosts, std::string_view entries, std::size_t count, Decompressor& decompressor,
                    std::vector<IndexEntry>& out);

// True when `hosts` of a block holds `key`.
bool holds_host(std::string_view hosts, std::uint64_t key);

}  // namespace storage

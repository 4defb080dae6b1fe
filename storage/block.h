// A block: some messages of a segment in the order of receipt, compressed together, with their index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column_codec.h"
#include "storage/compression.h"
#include "storage/event_store.h"

namespace storage {

// Messages on their way into a block.
struct BlockContent {
  std::string bytes;
  std::vector<IndexEntry> entries;  // `source` and `reason` are numbers of the segment's tables; `offset` is in `bytes`
  bool has_keys = true;             // false: some entries come from disk, where users and addresses are not kept

  // What counts towards the size of a block; a message without bytes counts too.
  std::size_t weight() const { return bytes.size() + kEntryWeight * entries.size(); }
  void clear();
  void truncate(std::size_t byte_count, std::size_t entry_count);

  static constexpr std::size_t kEntryWeight = 16;
};

struct BlockSummary {
  std::uint64_t count = 0, quarantined = 0, raw_bytes = 0;
  parsers::TimePoint min_time = parsers::TimePoint::max(), max_time = parsers::TimePoint::min();
  parsers::TimePoint min_received = parsers::TimePoint::max(), max_received = parsers::TimePoint::min();

  void add(const IndexEntry& entry);
  void add(const BlockSummary& other);
  bool operator==(const BlockSummary&) const = default;
};

BlockSummary summarise(std::span<const IndexEntry> entries);

// Where to cut `batch` into blocks that follow `before`: ends (indexes into batch.entries) of equal blocks near
// `block_bytes`, the last one at the end of the batch. Empty when all of it together is smaller than a block.
std::vector<std::size_t> cut_into_blocks(const BlockContent& before, const Batch& batch, std::size_t block_bytes);

}  // namespace storage

#include "storage/block.h"

#include <algorithm>

namespace storage {

void BlockContent::clear() {
  truncate(0, 0);
  has_keys = true;
}

void BlockContent::truncate(std::size_t byte_count, std::size_t entry_count) {
  bytes.resize(byte_count);
  entries.resize(entry_count);
}

void BlockSummary::add(const IndexEntry& entry) {
  ++count;
  quarantined += entry.reason != 0 ? 1 : 0;
  raw_bytes += entry.length;
  min_time = std::min(min_time, entry.time);
  max_time = std::max(max_time, entry.time);
  min_received = std::min(min_received, entry.received);
  max_received = std::max(max_received, entry.received);
}

void BlockSummary::add(const BlockSummary& other) {
  count += other.count;
  quarantined += other.quarantined;
  raw_bytes += other.raw_bytes;
  min_time = std::min(min_time, other.min_time);
  max_time = std::max(max_time, other.max_time);
  min_received = std::min(min_received, other.min_received);
  max_received = std::max(max_received, other.max_received);
}

BlockSummary summarise(std::span<const IndexEntry> entries) {
  BlockSummary summary;
  for (const IndexEntry& entry : entries) summary.add(entry);
  return summary;
}

std::vector<std::size_t> cut_into_blocks(const BlockContent& before, const Batch& batch, std::size_t block_bytes) {
  std::size_t total = before.weight();
  for (const IndexEntry& entry : batch.entries) total += entry.length + BlockContent::kEntryWeight;
  std::vector<std::size_t> ends;
  if (total < block_bytes) return ends;
  const std::size_t blocks = std::max<std::size_t>(1, (total + block_bytes / 2) / block_bytes);
  const std::size_t share = total / blocks;
  std::size_t weight = before.weight();
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    weight += batch.entries[i].length + BlockContent::kEntryWeight;
    if (weight >= share && i + 1 < batch.entries.size() && ends.size() + 1 < blocks) {
      ends.push_back(i + 1);
      weight = 0;
    }
  }
  ends.push_back(batch.entries.size());
  return ends;
}

}  // namespace storage

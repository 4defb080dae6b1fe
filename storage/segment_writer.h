// Writes one segment, the open one. storage/README.md describes the file.
//
// Threads: one. Errors: SqliteError; what was not acknowledged is then not stored, and the writer stays usable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "storage/block.h"
#include "storage/sqlite.h"

namespace storage {

class SegmentWriter {
 public:
  // Creates a segment, or opens one that is not sealed (small blocks at its end are taken up again).
  static std::unique_ptr<SegmentWriter> create(const std::string& path, std::uint32_t number, parsers::TimePoint now,
                                               const StoreOptions& options);
  static std::unique_ptr<SegmentWriter> open(const std::string& path, const StoreOptions& options);
  ~SegmentWriter();

  // One transaction, synced when it returns. Messages gather in small blocks until `block_bytes` of them are together;
  // then they are written again as one block. Returns the ordinal of the first. REQUIRES: has_room(batch).
  std::uint32_t append(const Batch& batch);

  // False when the numbers of an IndexEntry or EventId would not reach.
  bool has_room(const Batch& batch) const;

  // Writes the host index and the totals; afterwards nothing may be appended. The file then stands alone, without log.
  void seal(parsers::TimePoint now);

  // Moves the log into the file where no reader keeps it from doing so. The last thing to do: a clean end.
  void settle();

  const BlockSummary& totals() const;
  parsers::TimePoint created() const;
  std::uint64_t file_bytes();  // without the log

 private:
  struct Impl;
  explicit SegmentWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace storage

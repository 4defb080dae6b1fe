// Reads one segment, sealed or still being written, through a connection of its own that writes nothing.
//
// Threads: one. Errors: SqliteError when the file is broken or gone. A block that is damaged inside is passed over and
// told to `warn` once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/event_store.h"
#include "storage/segment_tables.h"

namespace storage {

class SegmentReader {
 public:
  using Warn = std::function<void(std::string)>;
  SegmentReader(const std::string& path, Warn warn);
  ~SegmentReader();

  // Entries with an ordinal greater than `after`; raw is not filled. False when `visit` said stop.
  bool scan(std::uint32_t after, const std::function<bool(const StoredEvent&)>& visit);

  // The same for entries with `from` <= time <= `to`.
  bool scan_times(parsers::TimePoint from, parsers::TimePoint to, const std::function<bool(const StoredEvent&)>& visit);

  // Entries of the host in the order of receipt, with raw, added to `found`.
  void find_by_host(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to, std::size_t limit,
                    const std::function<bool(const IndexEntry&)>& wanted, std::vector<StoredEvent>& found);

  std::optional<StoredEvent> read(std::uint32_t ordinal);

  const std::optional<SegmentRow>& segment() const;  // as it was when the file was opened

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace storage

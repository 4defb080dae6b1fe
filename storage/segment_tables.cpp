#include "storage/segment_tables.h"

namespace storage {

BlockSummary row_summary(const Statement::Use& row, int column) {
  BlockSummary summary;
  summary.count = static_cast<std::uint64_t>(row.integer(column));
  if (summary.count == 0) return summary;
  summary.quarantined = static_cast<std::uint64_t>(row.integer(column + 1));
  summary.raw_bytes = static_cast<std::uint64_t>(row.integer(column + 2));
  summary.min_time = parsers::from_micros(row.integer(column + 3));
  summary.max_time = parsers::from_micros(row.integer(column + 4));
  summary.min_received = parsers::from_micros(row.integer(column + 5));
  summary.max_received = parsers::from_micros(row.integer(column + 6));
  return summary;
}

BlockSummary sum_of_blocks(Connection& connection) {
  Statement select(connection, R"(
      SELECT sum(count), sum(quarantined), sum(raw_bytes), min(min_time), max(max_time), min(min_received),
             max(max_received)
      FROM blocks)");
  auto row = select.use();
  return row.row() ? row_summary(row, 0) : BlockSummary{};
}

std::optional<SegmentRow> read_segment_row(Connection& connection) {
  Statement select(connection, R"(
      SELECT number, created, sealed, events, quarantined, raw_bytes, min_time, max_time, min_received, max_received
      FROM segment)");
  auto row = select.use();
  if (!row.row()) return std::nullopt;
  SegmentRow segment;
  segment.number = static_cast<std::uint32_t>(row.integer(0));
  segment.created = parsers::from_micros(row.integer(1));
  segment.sealed = !row.is_null(2);
  segment.totals = segment.sealed ? row_summary(row, 3) : sum_of_blocks(connection);
  return segment;
}

void insert_segment_row(Connection& connection, std::uint32_t number, parsers::TimePoint created) {
  Statement insert(connection, "INSERT OR REPLACE INTO segment(id, number, created) VALUES (1, ?, ?)");
  insert.use().bind(number).bind(parsers::to_micros(created)).run();
}

void seal_segment_row(Connection& connection, const BlockSummary& totals, parsers::TimePoint now) {
  Statement update(connection, R"(
      UPDATE segment SET sealed = ?, events = ?, quarantined = ?, raw_bytes = ?, min_time = ?, max_time = ?,
                         min_received = ?, max_received = ?)");
  auto use = update.use();
  use.bind(parsers::to_micros(now)).bind(static_cast<std::int64_t>(totals.count));
  use.bind(static_cast<std::int64_t>(totals.quarantined)).bind(static_cast<std::int64_t>(totals.raw_bytes));
  if (totals.count != 0) {
    use.bind(parsers::to_micros(totals.min_time)).bind(parsers::to_micros(totals.max_time));
    use.bind(parsers::to_micros(totals.min_received)).bind(parsers::to_micros(totals.max_received));
  }
  use.run();
}

}  // namespace storage

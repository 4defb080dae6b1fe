// What the writer and the reader of a segment both know of its tables.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/block.h"
#include "storage/sqlite.h"

namespace storage {

struct SegmentRow {
  std::uint32_t number = 0;
  parsers::TimePoint created{};
  bool sealed = false;
  BlockSummary totals;
};

// Columns count, quarantined, raw_bytes and the four times of a row, from `column` on; NULL times without events.
BlockSummary row_summary(const Statement::Use& row, int column);

// nullopt when creation was cut off before the row was written.
std::optional<SegmentRow> read_segment_row(Connection& connection);
BlockSummary sum_of_blocks(Connection& connection);
void insert_segment_row(Connection& connection, std::uint32_t number, parsers::TimePoint created);
void seal_segment_row(Connection& connection, const BlockSummary& totals, parsers::TimePoint now);

}  // namespace storage

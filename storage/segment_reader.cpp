#include "storage/segment_reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "storage/column_codec.h"
#include "storage/host_index.h"
#include "storage/migrations.h"

namespace storage {
namespace {

struct DecodedBlock {
  std::uint64_t first = 0, end = 0;  // ordinals: first <= ordinal < end
  std::vector<IndexEntry> entries;   // empty when damaged
  std::string bytes;
  bool has_bytes = false;

  bool holds(std::uint64_t ordinal) const { return ordinal >= first && ordinal < end; }
};

enum class Want { index, bytes };

struct Statements {
  explicit Statements(Connection& connection)
      : block_at(connection, R"(
            SELECT first, count, hosts, entries FROM blocks WHERE first <= ? ORDER BY first DESC LIMIT 1)"),
        whole_block_at(connection, R"(
            SELECT first, count, hosts, entries, raw_bytes, raw FROM blocks WHERE first <= ?
            ORDER BY first DESC LIMIT 1)"),
        block_after(connection, "SELECT first FROM blocks WHERE first > ? ORDER BY first LIMIT 1"),
        host_lists(connection, R"(
            SELECT first, hosts FROM blocks WHERE max_time >= ? AND min_time <= ? ORDER BY first)"),
        host_chunk(connection, R"(
            SELECT chunk FROM host_index WHERE first_key <= ? ORDER BY first_key DESC LIMIT 1)"),
        blocks_between(connection, "SELECT first FROM blocks WHERE max_time >= ? AND min_time <= ? ORDER BY first"),
        sources(connection, "SELECT input, peer FROM sources ORDER BY id"),
        reasons(connection, "SELECT text FROM reasons ORDER BY id") {}
  Statement block_at, whole_block_at, block_after, host_lists, host_chunk, blocks_between, sources, reasons;
};

}  // namespace

struct SegmentReader::Impl {
  Impl(const std::string& path, Warn warn_with)
      : connection(path, Connection::Mode::read_only), warn(std::move(warn_with)) {
    connection.execute("PRAGMA cache_size = -1024");
    if (checked_version(connection, kSegmentSchema) == 0) return;
    segment = read_segment_row(connection);
    if (segment) statements.emplace(connection);
  }

  std::shared_ptr<const DecodedBlock> block_with(std::uint64_t ordinal, Want want);
  std::shared_ptr<const DecodedBlock> block_from(std::uint64_t ordinal);
  bool decode(const Statement::Use& row, Want want, DecodedBlock& block);
  void load_names();
  StoredEvent event_of(const DecodedBlock& block, std::size_t at, Want want);
  std::vector<std::uint32_t> blocks_of(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to);

  Connection connection;
  Warn warn;
  std::optional<SegmentRow> segment;
  std::optional<Statements> statements;  // absent while the segment has no tables
  std::vector<Source> sources;
  std::vector<std::string> reasons;
  std::set<std::uint64_t> told;  // damaged blocks that `warn` knows of
  Decompressor decompressor;
  // The block used last. In a segment that is being written blocks are replaced by larger ones, but an ordinal means
  // the same message for ever.
  std::shared_ptr<const DecodedBlock> last;
};

bool SegmentReader::Impl::decode(const Statement::Use& row, Want want, DecodedBlock& block) {
  const auto count = static_cast<std::uint64_t>(row.integer(1));
  block.first = static_cast<std::uint64_t>(row.integer(0));
  block.end = block.first + count;
  if (!decode_entries(row.blob(2), row.blob(3), count, decompressor, block.entries)) return false;
  if (want == Want::index) return true;
  const auto size = static_cast<std::uint64_t>(row.integer(4));
  const auto& back = block.entries.back();
  block.has_bytes = true;
  return size == std::uint64_t{back.offset} + back.length && decompressor.decompress(row.blob(5), size, block.bytes);
}

std::shared_ptr<const DecodedBlock> SegmentReader::Impl::block_with(std::uint64_t ordinal, Want want) {
  if (last && last->holds(ordinal) && (last->has_bytes || want == Want::index)) return last;
  auto row = (want == Want::bytes ? statements->whole_block_at : statements->block_at).use();
  if (!row.bind(static_cast<std::int64_t>(ordinal)).row()) return nullptr;
  auto block = std::make_shared<DecodedBlock>();
  if (!decode(row, want, *block)) {
    block->entries.clear();
    if (told.insert(block->first).second) {
      warn("A block of " + connection.path() + " is damaged: messages " + std::to_string(block->first) + " to " +
           std::to_string(block->end - 1) + " of this segment are lost.");
    }
  }
  if (!block->holds(ordinal)) return nullptr;
  last = block;
  return block;
}

// The block that holds the ordinal, or else the next one.
std::shared_ptr<const DecodedBlock> SegmentReader::Impl::block_from(std::uint64_t ordinal) {
  if (auto block = block_with(ordinal, Want::index)) return block;
  std::uint64_t next = 0;
  {
    auto row = statements->block_after.use();
    if (!row.bind(static_cast<std::int64_t>(ordinal)).row()) return nullptr;
    next = static_cast<std::uint64_t>(row.integer(0));
  }
  return block_with(next, Want::index);
}

void SegmentReader::Impl::load_names() {
  sources.clear();
  reasons.clear();
  for (auto row = statements->sources.use(); row.row();) {
    sources.push_back({std::string(row.text(0)), std::string(row.text(1))});
  }
  for (auto row = statements->reasons.use(); row.row();) reasons.emplace_back(row.text(0));
}

StoredEvent SegmentReader::Impl::event_of(const DecodedBlock& block, std::size_t at, Want want) {
  StoredEvent event;
  event.id = EventId{segment->number} << 32 | (block.first + at);
  event.entry = block.entries[at];
  if (event.entry.source >= sources.size() || event.entry.reason > reasons.size()) load_names();
  if (event.entry.source < sources.size()) event.source = sources[event.entry.source];
  if (event.entry.reason != 0 && event.entry.reason <= reasons.size()) event.reason = reasons[event.entry.reason - 1u];
  if (want == Want::bytes) event.raw.assign(block.bytes, event.entry.offset, event.entry.length);
  return event;
}

std::vector<std::uint32_t> SegmentReader::Impl::blocks_of(std::uint64_t host_key, parsers::TimePoint from,
                                                          parsers::TimePoint to) {
  if (segment->sealed) {
    auto row = statements->host_chunk.use();
    if (!row.bind(static_cast<std::int64_t>(host_key)).row()) return {};
    if (auto found = find_in_chunk(row.blob(0), host_key)) return std::move(*found);
    warn("The host index of " + connection.path() + " is damaged; it is searched block by block.");
  }
  std::vector<std::uint32_t> blocks;
  auto row = statements->host_lists.use();
  row.bind(parsers::to_micros(from)).bind(parsers::to_micros(to));
  while (row.row()) {
    if (holds_host(row.blob(1), host_key)) blocks.push_back(static_cast<std::uint32_t>(row.integer(0)));
  }
  return blocks;
}

SegmentReader::SegmentReader(const std::string& path, Warn warn)
    : impl_(std::make_unique<Impl>(path, std::move(warn))) {}
SegmentReader::~SegmentReader() = default;

const std::optional<SegmentRow>& SegmentReader::segment() const { return impl_->segment; }

bool SegmentReader::scan(std::uint32_t after, const std::function<bool(const StoredEvent&)>& visit) {
  if (!impl_->statements) return true;
  std::uint64_t next = std::uint64_t{after} + 1;
  while (const auto block = impl_->block_from(next)) {
    const std::uint64_t begin = std::max(next, block->first);
    for (std::size_t at = begin - block->first; at < block->entries.size(); ++at) {
      if (!visit(impl_->event_of(*block, at, Want::index))) return false;
    }
    next = block->end;
  }
  return true;
}

bool SegmentReader::scan_times(parsers::TimePoint from, parsers::TimePoint to,
                               const std::function<bool(const StoredEvent&)>& visit) {
  if (!impl_->statements) return true;
  std::vector<std::uint64_t> firsts;
  {
    auto row = impl_->statements->blocks_between.use();
    for (row.bind(parsers::to_micros(from)).bind(parsers::to_micros(to)); row.row();)
      firsts.push_back(static_cast<std::uint64_t>(row.integer(0)));
  }
  std::uint64_t done = 0;  // ordinals below are looked at
  for (const std::uint64_t first : firsts) {
    if (first < done) continue;
    const auto block = impl_->block_with(first, Want::index);
    if (!block) continue;
    for (std::size_t at = 0; at < block->entries.size(); ++at) {
      const IndexEntry& entry = block->entries[at];
      if (block->first + at < done || entry.time < from || entry.time > to) continue;
      if (!visit(impl_->event_of(*block, at, Want::index))) return false;
    }
    done = block->end;
  }
  return true;
}

void SegmentReader::find_by_host(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to,
                                 std::size_t limit, const std::function<bool(const IndexEntry&)>& wanted,
                                 std::vector<StoredEvent>& found) {
  if (!impl_->statements || host_key == 0) return;
  std::uint64_t done = 0;  // ordinals below are looked at
  for (const std::uint32_t first : impl_->blocks_of(host_key, from, to)) {
    if (found.size() >= limit) return;
    if (first < done) continue;
    auto block = impl_->block_with(first, Want::index);
    const auto matches = [&](const IndexEntry& entry) {
      return entry.host_key == host_key && entry.time >= from && entry.time <= to && (!wanted || wanted(entry));
    };
    if (block && std::ranges::any_of(block->entries, matches)) block = impl_->block_with(first, Want::bytes);
    if (!block) continue;
    for (std::size_t at = 0; at < block->entries.size(); ++at) {
      if (block->first + at < done || !matches(block->entries[at])) continue;
      found.push_back(impl_->event_of(*block, at, Want::bytes));
    }
    done = block->end;
  }
}

std::optional<StoredEvent> SegmentReader::read(std::uint32_t ordinal) {
  if (!impl_->statements) return std::nullopt;
  const auto block = impl_->block_with(ordinal, Want::bytes);
  if (!block || block->entries.empty()) return std::nullopt;
  return impl_->event_of(*block, ordinal - block->first, Want::bytes);
}

}  // namespace storage

#include "storage/segment_reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "storage/column_codec.h"
#include "storage/host_index.h"
#include "storage/key_filter.h"
#include "storage/migrations.h"
#include "storage/packed_parts.h"

namespace storage {
namespace {

struct DecodedBlock {
  std::uint64_t first = 0, end = 0;  // ordinals: first <= ordinal < end
  std::vector<IndexEntry> entries;   // empty when damaged
  std::string bytes;
  enum class Has { no_bytes, some, all } has = Has::no_bytes;  // some: of the messages chosen last

  bool holds(std::uint64_t ordinal) const { return ordinal >= first && ordinal < end; }
};

enum class Want { index, chosen_bytes, all_bytes };

struct Statements {
  explicit Statements(Connection& connection)
      : block_at(connection, R"(
            SELECT first, count, hosts, entries FROM blocks WHERE first <= ? ORDER BY first DESC LIMIT 1)"),
        whole_block_at(connection, R"(
            SELECT first, count, hosts, entries, raw_bytes, raw FROM blocks WHERE first <= ?
            ORDER BY first DESC LIMIT 1)"),
        bytes_of(connection, "SELECT count, raw_bytes, raw FROM blocks WHERE first = ?"),
        blocks(connection, R"(
            SELECT first FROM blocks
            WHERE first > ?3 - count AND max_time >= ?1 AND min_time <= ?2 AND (?4 OR quarantined > 0) ORDER BY first)"),
        filters(connection, "SELECT first, keys FROM filters ORDER BY first"),
        host_lists(connection, R"(
            SELECT first, hosts FROM blocks WHERE max_time >= ? AND min_time <= ? ORDER BY first)"),
        host_chunk(connection, R"(
            SELECT chunk FROM host_index WHERE first_key <= ? ORDER BY first_key DESC LIMIT 1)"),
        sources(connection, "SELECT input, peer FROM sources ORDER BY id"),
        reasons(connection, "SELECT text FROM reasons ORDER BY id") {}
  Statement block_at, whole_block_at, bytes_of, blocks, filters, host_lists, host_chunk, sources, reasons;
};

}  // namespace

struct SegmentReader::Impl {
  Impl(const std::string& path, BlockDecoder& decode_with, Warn warn_with)
      : connection(path, Connection::Mode::read_only), decoder(decode_with), warn(std::move(warn_with)) {
    connection.execute("PRAGMA cache_size = -1024");
    if (checked_version(connection, kSegmentSchema) == 0) return;
    segment = read_segment_row(connection);
    // Nobody writes to a sealed segment: its lock is kept, and its pages need no check whether they still hold.
    if (segment && segment->sealed) connection.execute("PRAGMA locking_mode = EXCLUSIVE");
    if (segment) statements.emplace(connection);
  }

  const DecodedBlock* block_with(std::uint64_t ordinal, Want want);
  bool decode(const Statement::Use& row, Want want, DecodedBlock& block);
  bool add_bytes(DecodedBlock& block, DecodedBlock::Has what);
  bool add_messages(std::string_view raw, std::uint64_t size, DecodedBlock& block);
  bool choose(const Selection& selection, std::uint64_t from);
  void load_names(const std::vector<IndexEntry>& entries);
  std::vector<std::uint32_t> blocks_of_host(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to);
  std::vector<std::uint32_t> blocks_for(const Selection& selection, std::uint32_t after);
  void drop_without_keys(const std::vector<std::uint64_t>& keys, std::vector<std::uint32_t>& blocks);

  Connection connection;
  BlockDecoder& decoder;
  Warn warn;
  std::optional<SegmentRow> segment;
  std::optional<Statements> statements;  // absent while the segment has no tables
  std::vector<Source> sources;
  std::vector<std::string> reasons;
  std::set<std::uint64_t> told;  // damaged blocks that `warn` knows of
  // The block used last. In a segment that is being written blocks are replaced by larger ones, but an ordinal means
  // the same message for ever.
  std::optional<DecodedBlock> last;
  std::vector<std::uint32_t> chosen;  // of its entries
};

bool SegmentReader::Impl::decode(const Statement::Use& row, Want want, DecodedBlock& block) {
  const auto count = static_cast<std::uint64_t>(row.integer(1));
  block.first = static_cast<std::uint64_t>(row.integer(0));
  block.end = block.first + count;
  if (!decode_entries(row.blob(2), row.blob(3), count, decoder.decompressor, block.entries)) return false;
  if (want == Want::index) return true;
  block.has = DecodedBlock::Has::all;
  return add_messages(row.blob(5), static_cast<std::uint64_t>(row.integer(4)), block);
}

bool SegmentReader::Impl::add_messages(std::string_view raw, std::uint64_t size, DecodedBlock& block) {
  if (size != total_bytes(block.entries)) return false;
  return block.has == DecodedBlock::Has::all
             ? decoder.messages.decode(raw, size, decoder.decompressor, block.bytes)
             : decoder.messages.decode_some(raw, block.entries, chosen, decoder.decompressor, block.bytes);
}

// The messages of a block whose index is read already: all, or those that are chosen. False when the block was replaced
// meanwhile.
bool SegmentReader::Impl::add_bytes(DecodedBlock& block, DecodedBlock::Has what) {
  auto row = statements->bytes_of.use();
  if (!row.bind(static_cast<std::int64_t>(block.first)).row()) return false;
  if (static_cast<std::uint64_t>(row.integer(0)) != block.entries.size()) return false;
  block.has = what;
  return add_messages(row.blob(2), static_cast<std::uint64_t>(row.integer(1)), block);
}

const DecodedBlock* SegmentReader::Impl::block_with(std::uint64_t ordinal, Want want) {
  if (last && last->holds(ordinal)) {
    if (last->has == DecodedBlock::Has::all || want == Want::index || last->entries.empty()) return &*last;
    const bool wants_all = want == Want::all_bytes || chosen.size() == last->entries.size();
    const auto what = wants_all ? DecodedBlock::Has::all : DecodedBlock::Has::some;
    if (add_bytes(*last, what)) return &*last;
  }
  auto row = (want != Want::index ? statements->whole_block_at : statements->block_at).use();
  if (!row.bind(static_cast<std::int64_t>(ordinal)).row()) return nullptr;
  if (!last) last.emplace();
  last->has = DecodedBlock::Has::no_bytes;
  if (!decode(row, want, *last)) {
    last->entries.clear();
    if (told.insert(last->first).second) {
      warn("A block of " + connection.path() + " is damaged: messages " + std::to_string(last->first) + " to " +
           std::to_string(last->end - 1) + " of this segment are lost.");
    }
  }
  return last->holds(ordinal) ? &*last : nullptr;
}

void SegmentReader::Impl::load_names(const std::vector<IndexEntry>& entries) {
  const auto is_new = [this](const IndexEntry& entry) {
    return entry.source >= sources.size() || entry.reason > reasons.size();
  };
  if (std::ranges::none_of(entries, is_new)) return;
  sources.clear();
  reasons.clear();
  for (auto row = statements->sources.use(); row.row();) {
    sources.push_back({std::string(row.text(0)), std::string(row.text(1))});
  }
  for (auto row = statements->reasons.use(); row.row();) reasons.emplace_back(row.text(0));
}

std::vector<std::uint32_t> SegmentReader::Impl::blocks_of_host(std::uint64_t host_key, parsers::TimePoint from,
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

void SegmentReader::Impl::drop_without_keys(const std::vector<std::uint64_t>& keys,
                                            std::vector<std::uint32_t>& blocks) {
  if (keys.empty() || blocks.empty()) return;
  std::vector<std::uint32_t> without;
  for (auto row = statements->filters.use(); row.row();) {
    const auto holds = [filter = row.blob(1)](std::uint64_t key) { return may_hold(filter, key); };
    if (!std::ranges::all_of(keys, holds)) without.push_back(static_cast<std::uint32_t>(row.integer(0)));
  }
  std::erase_if(blocks, [&](std::uint32_t first) { return std::ranges::binary_search(without, first); });
}

// First ordinals of the blocks worth a look.
std::vector<std::uint32_t> SegmentReader::Impl::blocks_for(const Selection& selection, std::uint32_t after) {
  std::vector<std::uint32_t> found;
  if (selection.host_key) {
    found = blocks_of_host(*selection.host_key, selection.from, selection.to);
    const auto past = std::ranges::upper_bound(found, after);  // all but the last before it end before `after`
    if (past != found.begin()) found.erase(found.begin(), past - 1);
  } else {
    auto row = statements->blocks.use();
    row.bind(parsers::to_micros(selection.from)).bind(parsers::to_micros(selection.to)).bind(std::int64_t{after} + 1);
    row.bind(selection.quarantine == Selection::Quarantine::only ? 0 : 1);
    while (row.row()) found.push_back(static_cast<std::uint32_t>(row.integer(0)));
  }
  drop_without_keys(selection.block_keys, found);
  return found;
}

// Fills `chosen` from the last block's messages with ordinal >= `from`. False when there are none.
bool SegmentReader::Impl::choose(const Selection& selection, std::uint64_t from) {
  chosen.clear();
  for (std::size_t at = from > last->first ? from - last->first : 0; at < last->entries.size(); ++at) {
    if (selection.matches(last->entries[at])) chosen.push_back(static_cast<std::uint32_t>(at));
  }
  return !chosen.empty();
}

SegmentReader::SegmentReader(const std::string& path, BlockDecoder& decoder, Warn warn)
    : impl_(std::make_unique<Impl>(path, decoder, std::move(warn))) {}
SegmentReader::~SegmentReader() = default;

const std::optional<SegmentRow>& SegmentReader::segment() const { return impl_->segment; }

bool SegmentReader::scan(std::uint32_t after, const Selection& selection, const BlockVisitor& visit) {
  Impl& self = *impl_;
  if (!self.statements) return true;
  std::uint64_t next = std::uint64_t{after} + 1;  // ordinals below are done
  for (const std::uint32_t first : self.blocks_for(selection, after)) {
    // A small block may have become part of a larger one meanwhile.
    const DecodedBlock* block = self.block_with(std::max<std::uint64_t>(first, next), Want::index);
    if (block == nullptr || block->end <= next || !self.choose(selection, next)) continue;
    if (selection.bytes == Selection::Bytes::wanted) {
      const std::size_t known = block->entries.size();
      block = self.block_with(block->first, Want::chosen_bytes);
      if (block == nullptr || (block->entries.size() != known && !self.choose(selection, next))) continue;
    }
    self.load_names(block->entries);
    next = block->end;
    const EventId id = EventId{self.segment->number} << 32 | block->first;
    const bool has_bytes = selection.bytes == Selection::Bytes::wanted;
    const std::string_view bytes = has_bytes ? std::string_view(block->bytes) : std::string_view{};
    if (!visit({id, block->entries, self.chosen, bytes, self.sources, self.reasons})) return false;
  }
  return true;
}

void SegmentReader::rest() {
  impl_->last.reset();
  impl_->connection.release_memory();
}

std::optional<StoredEvent> SegmentReader::read(std::uint32_t ordinal) {
  Impl& self = *impl_;
  if (!self.statements) return std::nullopt;
  const DecodedBlock* block = self.block_with(ordinal, Want::all_bytes);
  if (block == nullptr || block->entries.empty()) return std::nullopt;
  self.load_names(block->entries);
  StoredEvent event;
  event.id = EventId{self.segment->number} << 32 | ordinal;
  event.entry = block->entries[ordinal - block->first];
  if (event.entry.source < self.sources.size()) event.source = self.sources[event.entry.source];
  if (event.entry.reason != 0 && event.entry.reason <= self.reasons.size())
    event.reason = self.reasons[event.entry.reason - 1u];
  event.raw.assign(block->bytes, event.entry.offset, event.entry.length);
  return event;
}

}  // namespace storage

#include "storage/segment_writer.h"

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>

#include "storage/host_index.h"
#include "storage/interned.h"
#include "storage/key_filter.h"
#include "storage/message_codec.h"
#include "storage/migrations.h"
#include "storage/segment_tables.h"

namespace storage {
namespace {

// Pages of 8 KiB waste little behind a block of 110 KB: those of 4 KiB save 1 % of the room and take twice the calls to
// the kernel, 4 % of all the time from the socket on; those of 16 KiB gain nothing more. The log is carried over every
// 500 pages, 4 MB: a larger one takes room on disk and saves no time that can be measured.
constexpr const char* kConfigure =
    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF;"
    "PRAGMA wal_autocheckpoint = 500; PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -4096;"
    "PRAGMA temp_store = MEMORY";
constexpr std::size_t kMaxNumbers = std::numeric_limits<std::uint16_t>::max();
constexpr std::size_t kMaxMessageBytes = kMaxBlockBytes / 2;  // alone, or behind a part of a block
constexpr std::uint64_t kMaxOrdinal = std::numeric_limits<std::uint32_t>::max();

Connection& configured(Connection& connection) {
  connection.execute(kConfigure);
  migrate(connection, kSegmentSchema);
  return connection;
}

}  // namespace

struct SegmentWriter::Impl {
  Impl(const std::string& path, const StoreOptions& options)
      : block_bytes(options.block_bytes),
        connection(path, Connection::Mode::read_write),
        insert(configured(connection), R"(
          INSERT INTO blocks(first, count, quarantined, raw_bytes, min_time, max_time, min_received, max_received,
                             hosts, entries, raw)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))"),
        insert_filter(connection, "INSERT INTO filters(first, keys) VALUES (?, ?)"),
        erase(connection, "DELETE FROM blocks WHERE first >= ?"),
        erase_filters(connection, "DELETE FROM filters WHERE first >= ?"),
        insert_source(connection, "INSERT INTO sources(id, input, peer) VALUES (?, ?, ?)"),
        insert_reason(connection, "INSERT INTO reasons(id, text) VALUES (?, ?)"),
        page_count(connection, "PRAGMA page_count"),
        page_bytes(static_cast<std::uint64_t>(connection.integer("PRAGMA page_size"))) {}

  void load();
  void load_gathered();
  void check(const Batch& batch) const;
  void insert_blocks(const Batch& batch, std::span<const std::size_t> ends);
  void insert_small_block(const Batch& batch);
  void gather_into_one();
  void number_sources(const Batch& batch);
  IndexEntry numbered(IndexEntry entry) const;
  void gather(const Batch& batch, std::size_t end);
  void write(std::uint64_t first, std::string_view bytes, std::span<const IndexEntry> entries, bool has_keys);
  std::string filter_of(std::span<const IndexEntry> entries, bool has_keys);
  void erase_gathered();

  std::size_t block_bytes;
  Connection connection;
  Statement insert, insert_filter, erase, erase_filters, insert_source, insert_reason, page_count;
  std::uint64_t page_bytes;
  parsers::TimePoint created{};
  BlockSummary totals;
  Interned<std::pair<std::string, std::string>> sources;
  Interned<std::string> reasons;
  std::vector<std::uint16_t> source_of, reason_of;  // number in the segment of each source and reason of a batch

  BlockContent gathered;          // messages of the last, small blocks, to be written again as one block
  std::vector<IndexEntry> block;  // scratch
  EntryEncoder encoder;
  MessageEncoder messages;
  Compressor compressor, entries_compressor;
  KeyFilterMaker keys;
};

void SegmentWriter::Impl::number_sources(const Batch& batch) {
  source_of.clear();
  reason_of.assign(1, 0);
  for (const Source& source : batch.sources) {
    const auto next = static_cast<std::uint16_t>(sources.size());
    source_of.push_back(sources.number({source.input, source.peer}, next, [this](const auto& key, auto number) {
      insert_source.use().bind(number).bind_text(key.first).bind_text(key.second).run();
    }));
  }
  for (const std::string& reason : batch.reasons) {
    const auto next = static_cast<std::uint16_t>(reasons.size() + 1);
    reason_of.push_back(reasons.number(
        reason, next, [this](const auto& key, auto number) { insert_reason.use().bind(number).bind_text(key).run(); }));
  }
}

IndexEntry SegmentWriter::Impl::numbered(IndexEntry entry) const {
  entry.source = source_of[entry.source];
  entry.reason = reason_of[entry.reason];
  return entry;
}

// Adds the messages of `batch` up to `end` to those gathered before.
void SegmentWriter::Impl::gather(const Batch& batch, std::size_t end) {
  for (std::size_t i = 0; i < end; ++i) {
    IndexEntry entry = numbered(batch.entries[i]);
    const std::string_view message = std::string_view(batch.bytes).substr(entry.offset, entry.length);
    entry.offset = static_cast<std::uint32_t>(gathered.bytes.size());
    gathered.bytes.append(message);
    gathered.entries.push_back(entry);
  }
}

std::string SegmentWriter::Impl::filter_of(std::span<const IndexEntry> entries, bool has_keys) {
  if (!has_keys) return std::string(kUnknownKeys);
  for (const IndexEntry& entry : entries)
    for (const std::uint64_t key : {entry.user_key, entry.source_key, entry.destination_key}) keys.add(key);
  return keys.make();
}

void SegmentWriter::Impl::write(std::uint64_t first, std::string_view bytes, std::span<const IndexEntry> entries,
                                bool has_keys) {
  const BlockSummary summary = summarise(entries);
  encoder.encode(entries, entries_compressor);
  const std::string_view raw = messages.encode(bytes, entries, compressor);
  const std::string filter = filter_of(entries, has_keys);
  insert_filter.use().bind(static_cast<std::int64_t>(first)).bind_blob(filter).run();
  insert.use()
      .bind(static_cast<std::int64_t>(first))
      .bind(static_cast<std::int64_t>(summary.count))
      .bind(static_cast<std::int64_t>(summary.quarantined))
      .bind(static_cast<std::int64_t>(summary.raw_bytes))
      .bind(parsers::to_micros(summary.min_time))
      .bind(parsers::to_micros(summary.max_time))
      .bind(parsers::to_micros(summary.min_received))
      .bind(parsers::to_micros(summary.max_received))
      .bind_blob(encoder.hosts())
      .bind_blob(encoder.entries())
      .bind_blob(raw)
      .run();
}

void SegmentWriter::Impl::check(const Batch& batch) const {
  for (const IndexEntry& entry : batch.entries) {
    if (entry.source >= batch.sources.size() || entry.reason > batch.reasons.size() ||
        std::uint64_t{entry.offset} + entry.length > batch.bytes.size() || entry.length > kMaxMessageBytes) {
      throw std::invalid_argument("An entry of a batch points outside of it, or is too long.");
    }
  }
}

void SegmentWriter::Impl::erase_gathered() {
  if (gathered.entries.empty()) return;
  const auto first = static_cast<std::int64_t>(totals.count + 1 - gathered.entries.size());
  erase.use().bind(first).run();
  erase_filters.use().bind(first).run();
}

// What is gathered goes into the first of them; the others are made of the batch where it lies.
void SegmentWriter::Impl::insert_blocks(const Batch& batch, std::span<const std::size_t> ends) {
  std::uint64_t first = totals.count + 1;
  std::size_t begin = 0;
  if (!gathered.entries.empty()) {
    first -= gathered.entries.size();
    erase_gathered();
    gather(batch, ends.front());
    write(first, gathered.bytes, gathered.entries, gathered.has_keys);
    first += gathered.entries.size();
    begin = ends.front();
    ends = ends.subspan(1);
  }
  for (const std::size_t end : ends) {
    block.clear();
    for (; begin < end; ++begin) block.push_back(numbered(batch.entries[begin]));
    write(first, batch.bytes, block, true);
    first += block.size();
  }
}

void SegmentWriter::Impl::insert_small_block(const Batch& batch) {
  const std::size_t before = gathered.entries.size();
  gather(batch, batch.entries.size());
  write(totals.count + 1, gathered.bytes, std::span(gathered.entries).subspan(before), true);
}

void SegmentWriter::Impl::gather_into_one() {
  if (gathered.entries.empty()) return;
  const auto first = totals.count + 1 - gathered.entries.size();
  erase_gathered();
  write(first, gathered.bytes, gathered.entries, gathered.has_keys);
}

void SegmentWriter::Impl::load() {
  if (const auto row = read_segment_row(connection)) {
    created = row->created;
    totals = row->totals;
  }
  Statement select_sources(connection, "SELECT id, input, peer FROM sources");
  for (auto row = select_sources.use(); row.row();) {
    sources.load({std::string(row.text(1)), std::string(row.text(2))}, static_cast<std::uint16_t>(row.integer(0)));
  }
  Statement select_reasons(connection, "SELECT id, text FROM reasons");
  for (auto row = select_reasons.use(); row.row();) {
    reasons.load(std::string(row.text(1)), static_cast<std::uint16_t>(row.integer(0)));
  }
  load_gathered();
}

// Small blocks at the end are taken up again, from the last one backwards.
void SegmentWriter::Impl::load_gathered() {
  Statement select(connection, "SELECT count, raw_bytes, hosts, entries, raw FROM blocks ORDER BY first DESC");
  Decompressor decompressor;
  MessageDecoder decoder;
  for (auto row = select.use(); row.row();) {
    const auto bytes = static_cast<std::size_t>(row.integer(1));
    if (bytes + gathered.weight() >= block_bytes) return;
    BlockContent before;
    if (!decode_entries(row.blob(2), row.blob(3), static_cast<std::size_t>(row.integer(0)), decompressor,
                        before.entries) ||
        !decoder.decode(row.blob(4), bytes, decompressor, before.bytes)) {
      return;
    }
    if (before.weight() + gathered.weight() >= block_bytes) return;
    for (IndexEntry& entry : gathered.entries) entry.offset += static_cast<std::uint32_t>(before.bytes.size());
    before.bytes.append(gathered.bytes);
    before.entries.insert(before.entries.end(), gathered.entries.begin(), gathered.entries.end());
    before.has_keys = false;
    gathered = std::move(before);
  }
}

SegmentWriter::SegmentWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SegmentWriter::~SegmentWriter() = default;

std::unique_ptr<SegmentWriter> SegmentWriter::create(const std::string& path, std::uint32_t number,
                                                     parsers::TimePoint now, const StoreOptions& options) {
  auto impl = std::make_unique<Impl>(path, options);
  insert_segment_row(impl->connection, number, now);
  impl->created = now;
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(impl)));
}

std::unique_ptr<SegmentWriter> SegmentWriter::open(const std::string& path, const StoreOptions& options) {
  auto impl = std::make_unique<Impl>(path, options);
  impl->load();
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(impl)));
}

std::uint32_t SegmentWriter::append(const Batch& batch) {
  Impl& self = *impl_;
  self.check(batch);
  const std::uint64_t first = self.totals.count + 1;
  const auto ends = cut_into_blocks(self.gathered, batch, self.block_bytes);
  const std::size_t bytes_before = self.gathered.bytes.size(), entries_before = self.gathered.entries.size();
  try {
    Transaction transaction(self.connection);
    self.number_sources(batch);
    if (ends.empty())
      self.insert_small_block(batch);
    else
      self.insert_blocks(batch, ends);
    transaction.commit();
  } catch (...) {
    self.gathered.truncate(bytes_before, entries_before);
    self.sources.take_back();
    self.reasons.take_back();
    throw;
  }
  self.sources.keep();
  self.reasons.keep();
  self.totals.add(summarise(batch.entries));
  if (!ends.empty()) self.gathered.clear();
  return static_cast<std::uint32_t>(first);
}

bool SegmentWriter::has_room(const Batch& batch) const {
  return impl_->totals.count + batch.entries.size() < kMaxOrdinal &&
         impl_->sources.size() + batch.sources.size() <= kMaxNumbers &&
         impl_->reasons.size() + batch.reasons.size() < kMaxNumbers;
}

void SegmentWriter::seal(parsers::TimePoint now) {
  Impl& self = *impl_;
  {
    Transaction transaction(self.connection);
    self.gather_into_one();
    HostIndexBuilder hosts;
    Statement select(self.connection, "SELECT first, hosts FROM blocks ORDER BY first");
    for (auto row = select.use(); row.row();) hosts.add(row.blob(1), static_cast<std::uint32_t>(row.integer(0)));
    hosts.write(self.connection);
    seal_segment_row(self.connection, self.totals, now);
    transaction.commit();
  }
  settle();
}

void SegmentWriter::settle() {
  try {
    impl_->connection.execute("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  } catch (const SqliteError&) {
    // Somebody reads, and is not waited for: the log stays beside the file, which is as good, only less tidy.
  }
}

const BlockSummary& SegmentWriter::totals() const { return impl_->totals; }
parsers::TimePoint SegmentWriter::created() const { return impl_->created; }
std::uint64_t SegmentWriter::file_bytes() {
  auto row = impl_->page_count.use();
  return row.row() ? static_cast<std::uint64_t>(row.integer(0)) * impl_->page_bytes : 0;
}

}  // namespace storage

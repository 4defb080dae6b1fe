#include "storage/event_store.h"

#include <algorithm>
#include <stdexcept>

#include "storage/segment_check.h"
#include "storage/segment_set.h"
#include "storage/segment_writer.h"
#include "storage/selection.h"

namespace storage {
namespace {

// Bounds of StoreOptions::block_bytes; a block may become half as large again.
constexpr std::size_t kMinBlockTarget = 4096, kMaxBlockTarget = 8 << 20;

constexpr std::uint32_t number_of(EventId id) { return static_cast<std::uint32_t>(id >> 32); }
constexpr std::uint32_t ordinal_of(EventId id) { return static_cast<std::uint32_t>(id); }
constexpr EventId make_id(std::uint32_t number, std::uint64_t ordinal) { return EventId{number} << 32 | ordinal; }

// `rows`, a block or a batch, knows the entry's source and reason.
template <class Rows>
StoredEvent resolved(const Rows& rows, const IndexEntry& entry, EventId id) {
  StoredEvent event;
  event.id = id;
  event.entry = entry;
  if (entry.source < rows.sources.size()) event.source = rows.sources[entry.source];
  if (entry.reason != 0 && entry.reason <= rows.reasons.size()) event.reason = rows.reasons[entry.reason - 1u];
  return event;
}

}  // namespace

StoredEvent event_of(const BlockView& block, std::uint32_t at) {
  StoredEvent event = resolved(block, block.entries[at], block.first + at);
  if (!block.bytes.empty()) event.raw = block.raw(at);
  return event;
}

StoredEvent event_of(const Batch& batch, const IndexEntry& entry, EventId id) {
  StoredEvent event = resolved(batch, entry, id);
  event.raw = batch.bytes.substr(entry.offset, entry.length);
  return event;
}

void Batch::clear() {
  bytes.clear();
  entries.clear();
  sources.clear();
  reasons.clear();
  sightings.clear();
  host_names.clear();
}

struct EventStore::Impl {
  explicit Impl(StoreOptions with);
  ~Impl();

  void open_last_segment();
  void create_segment(parsers::TimePoint now);
  void close_segment(parsers::TimePoint now);
  void give_up_lost_segment();
  bool is_due(parsers::TimePoint now) const;
  EventId append(const Batch& batch, parsers::TimePoint now);
  bool drop_oldest(parsers::TimePoint now);
  bool may_hold(const KnownSegment& known, parsers::TimePoint from, parsers::TimePoint to) const;

  StoreOptions options;
  std::optional<WriterLock> lock;
  SegmentSet set;
  std::unique_ptr<SegmentWriter> writer;
  std::uint32_t open_number = 0;  // of the writer's segment
};

EventStore::Impl::Impl(StoreOptions with)
    : options(std::move(with)),
      set(options.directory, options.read_only ? SegmentSet::Access::guest : SegmentSet::Access::owner,
          std::max<std::size_t>(options.open_segments, 1)) {
  options.block_bytes = std::clamp(options.block_bytes, kMinBlockTarget, kMaxBlockTarget);
  if (!options.read_only) {
    create_directories_durably(options.directory);
    lock.emplace(options.directory);
  }
  set.refresh();
  if (!options.read_only) open_last_segment();
}

EventStore::Impl::~Impl() {
  set.close_readers();
  if (writer) writer->settle();
}

void EventStore::Impl::open_last_segment() {
  if (set.segments().empty()) return;
  const auto& [number, last] = *set.segments().rbegin();
  if (last.sealed) return;
  const std::string path = last.file.path;
  set.close_readers();
  try {
    writer = SegmentWriter::open(path, options);
    open_number = number;
  } catch (const SqliteError& error) {
    if (!error.is_damage()) throw;
    set.set_aside(number, error.what());
  }
}

void EventStore::Impl::create_segment(parsers::TimePoint now) {
  const std::uint32_t number = set.last_number() + 1;
  const std::string path = segment_path(options.directory, now, number);
  try {
    writer = SegmentWriter::create(path, number, now, options);
    sync_directory(segments_directory(options.directory));
  } catch (...) {
    writer.reset();
    remove_segment(path);
    throw;
  }
  open_number = number;
  set.add({number, path, false}).bytes = bytes_on_disk(path);
}

void EventStore::Impl::close_segment(parsers::TimePoint now) {
  set.close_readers();
  writer->seal(now);
  writer.reset();
  KnownSegment& known = set.at(open_number);
  known.sealed = true;
  known.bytes = bytes_on_disk(known.file.path);
}

// A reader may have found the open segment damaged or gone.
void EventStore::Impl::give_up_lost_segment() {
  if (writer && !set.segments().contains(open_number)) writer.reset();
}

bool EventStore::Impl::is_due(parsers::TimePoint now) const {
  return writer->totals().count != 0 &&
         (writer->file_bytes() >= options.segment_bytes || now - writer->created() >= options.segment_span);
}

EventId EventStore::Impl::append(const Batch& batch, parsers::TimePoint now) {
  give_up_lost_segment();
  if (writer && (is_due(now) || !writer->has_room(batch))) close_segment(now);
  if (!writer) create_segment(now);
  if (!writer->has_room(batch)) throw std::invalid_argument("A batch has too many sources or reasons.");
  const std::uint32_t first = writer->append(batch);
  KnownSegment& known = set.at(open_number);
  known.totals = writer->totals();
  known.bytes = bytes_on_disk(known.file.path);
  return make_id(open_number, first);
}

// The oldest that is not being written, if a limit asks for it.
bool EventStore::Impl::drop_oldest(parsers::TimePoint now) {
  std::uint64_t total = set.damaged_bytes();
  for (const auto& [number, known] : set.segments()) total += known.bytes;
  const bool over_quota = total > options.quota_bytes;
  const parsers::TimePoint limit = now - options.retention;
  const auto oldest = set.segments().begin();
  const bool has_oldest = oldest != set.segments().end() && oldest->first != set.last_number();
  if (!set.damaged().empty() && set.damaged().front().number != set.last_number() &&
      (!has_oldest || set.damaged().front().number < oldest->first)) {
    const auto changed = modified(set.damaged().front().path);
    if ((over_quota || !changed || *changed < limit) && set.remove_oldest_damaged()) return true;
  }
  return has_oldest && (over_quota || oldest->second.totals.max_received < limit) && set.remove(oldest->first);
}

// The totals of a segment that another process writes are those of when it was opened.
bool EventStore::Impl::may_hold(const KnownSegment& known, parsers::TimePoint from, parsers::TimePoint to) const {
  return (known.totals.min_time <= to && known.totals.max_time >= from) || (!known.sealed && !lock);
}

EventStore::EventStore(StoreOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
EventStore::~EventStore() = default;

EventId EventStore::append(const Batch& batch, parsers::TimePoint now) {
  if (!impl_->lock) throw std::logic_error("This event store was opened for reading.");
  if (batch.entries.empty()) return last_id() + 1;
  try {
    return impl_->append(batch, now);
  } catch (const SqliteError& error) {
    if (!error.is_damage() || !impl_->writer) throw;
    impl_->writer.reset();
    impl_->set.set_aside(impl_->open_number, error.what());
  }
  return impl_->append(batch, now);
}

void EventStore::scan(EventId after, const std::function<bool(const StoredEvent&)>& visit) {
  Selection all;
  all.after = after;
  all.bytes = Selection::Bytes::unwanted;
  scan_blocks(all, [&](const BlockView& block) {
    return std::ranges::all_of(block.chosen, [&](std::uint32_t at) { return visit(event_of(block, at)); });
  });
}

void EventStore::scan_blocks(const Selection& selection, const BlockVisitor& visit) {
  if (!impl_->lock) impl_->set.refresh();
  std::exception_ptr thrown;  // by visit, whose errors say nothing of the segment
  const auto guarded = [&](const BlockView& block) {
    try {
      return visit(block);
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  };
  bool wants_more = true;
  std::uint32_t number = number_of(selection.after);
  for (auto at = impl_->set.segments().lower_bound(number); wants_more && at != impl_->set.segments().end();
       at = impl_->set.segments().upper_bound(number)) {
    const std::uint32_t ordinal = at->first == number_of(selection.after) ? ordinal_of(selection.after) : 0;
    number = at->first;
    if (!impl_->may_hold(at->second, selection.from, selection.to)) continue;
    impl_->set.read(number, [&](SegmentReader& reader) { wants_more = reader.scan(ordinal, selection, guarded); });
  }
  if (thrown) std::rethrow_exception(thrown);
}

std::vector<StoredEvent> EventStore::find_by_host(std::uint64_t host_key, parsers::TimePoint from,
                                                  parsers::TimePoint to, std::size_t limit,
                                                  const std::function<bool(const StoredEvent&)>& wanted) {
  Selection selection;
  selection.from = from;
  selection.to = to;
  selection.host_key = host_key;
  std::vector<StoredEvent> found;
  if (host_key == 0) return found;
  scan_blocks(selection, [&](const BlockView& block) {
    for (const std::uint32_t at : block.chosen) {
      found.push_back(event_of(block, at));
      if (wanted && !wanted(found.back())) found.pop_back();
    }
    return found.size() < limit;
  });
  if (found.size() >= limit) {
    found.resize(limit);
    impl_->set.warn("A host has more rows than are read at once (" + std::to_string(limit) +
                    "); the latest of them are left out.");
  }
  std::ranges::sort(found, {}, [](const StoredEvent& event) { return std::pair(event.entry.time, event.id); });
  return found;
}

std::optional<StoredEvent> EventStore::read(EventId id) {
  if (!impl_->set.segments().contains(number_of(id))) return std::nullopt;
  std::optional<StoredEvent> event;
  impl_->set.read(number_of(id), [&](SegmentReader& reader) { event = reader.read(ordinal_of(id)); });
  return event;
}

void EventStore::set_quota(std::uint64_t bytes) { impl_->options.quota_bytes = bytes; }

std::size_t EventStore::enforce_limits(parsers::TimePoint now) {
  if (!impl_->lock) throw std::logic_error("This event store was opened for reading.");
  impl_->give_up_lost_segment();
  std::size_t dropped = 0;
  while (impl_->drop_oldest(now)) ++dropped;
  // The last number is never given up, so that it is never used again: a new segment takes over before. That needs
  // room, which the first round made.
  if (impl_->writer && impl_->is_due(now)) impl_->close_segment(now);
  if (!impl_->writer && impl_->set.last_number() != 0) impl_->create_segment(now);
  while (impl_->drop_oldest(now)) ++dropped;
  return dropped;
}

EventId EventStore::last_id() const {
  const auto& segments = impl_->set.segments();
  for (auto at = segments.rbegin(); at != segments.rend(); ++at) {
    if (at->second.totals.count != 0) return make_id(at->first, at->second.totals.count);
  }
  return 0;
}

StoreStats EventStore::stats() const {
  StoreStats stats;
  BlockSummary all;
  for (const auto& [number, known] : impl_->set.segments()) {
    all.add(known.totals);
    stats.bytes_on_disk += known.bytes;
    ++stats.segments;
  }
  stats.damaged_segments = impl_->set.damaged().size();
  stats.damaged_bytes = impl_->set.damaged_bytes();
  stats.bytes_on_disk += stats.damaged_bytes;
  stats.events = all.count;
  stats.quarantined = all.quarantined;
  stats.raw_bytes = all.raw_bytes;
  if (all.count != 0) stats.oldest = all.min_received;
  return stats;
}

std::vector<std::string> EventStore::verify() {
  std::vector<std::string> faults;
  for (const auto& [number, known] : impl_->set.segments()) {
    for (std::string& fault : check_segment(known.file.path)) faults.push_back(std::move(fault));
  }
  return faults;
}

std::vector<std::string> EventStore::take_warnings() { return impl_->set.take_warnings(); }

}  // namespace storage

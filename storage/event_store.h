// Every message received, kept once, in time segments: compressed blocks of raw bytes beside a plain index of what
// correlation needs. All other columns are derived from the raw message when asked for.
//
// A segment is one SQLite database (WAL) in `directory`, written by one EventStore. docs: storage/README.md.
// Threads: one thread owns a writable EventStore. Readers in other processes open read-only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/event.h"
#include "parsers/time.h"

namespace storage {

// Grows in the order of commit: segment number in the upper 32 bits, ordinal within the segment (from 1) in the lower.
using EventId = std::uint64_t;

// What the index holds of one message. Keys are those of parsers/url.h, 48 bits; 0: none.
struct IndexEntry {
  parsers::TimePoint time{};  // event time, UTC
  parsers::TimePoint received{};
  std::uint64_t host_key = 0;
  // Of the account and of both addresses. Not kept message by message: they tell which blocks need no look
  // (key_filter.h), and come back as 0.
  std::uint64_t user_key = 0, source_key = 0, destination_key = 0;
  std::uint64_t page_key = 0;  // of the URL without its query: for who gets the batch; not kept either
  parsers::Vendor vendor = parsers::Vendor::unknown;
  parsers::Outcome outcome = parsers::Outcome::unknown;
  std::uint64_t flags = 0;               // parsers::Flags::bits()
  std::uint16_t source = 0;              // index into Batch::sources
  std::uint16_t reason = 0;              // 0: parsed; else index + 1 into Batch::reasons: why it is in quarantine
  std::uint32_t offset = 0, length = 0;  // the message within Batch::bytes
};

struct Source {
  std::string input;  // name of the input
  std::string peer;   // address of the sender, or a file name
  bool operator==(const Source&) const = default;
};

struct Batch {
  std::string bytes;
  std::vector<IndexEntry> entries;
  std::vector<Source> sources;
  std::vector<std::string> reasons;
  // What the messages say by the way, each thing only now and then; not stored here, but for correlation.
  struct Sighting {
    std::string source, user;  // a client's address; a user principal name or bare account
    parsers::TimePoint time{};
  };
  std::vector<Sighting> sightings;
  struct HostName {
    std::uint64_t domain_key = 0, host_key = 0;
    parsers::TimePoint time{};
  };
  std::vector<HostName> host_names;
  void clear();
};

struct StoredEvent {
  EventId id = 0;
  IndexEntry entry;  // source and reason are resolved below
  Source source;
  std::string reason;  // empty: parsed
  std::string raw;     // filled where a function says so
};

// A message of the batch as the store gives it back: whole, by the id under which it was appended.
StoredEvent event_of(const Batch& batch, const IndexEntry& entry, EventId id);

struct StoreOptions {
  std::string directory;
  std::uint64_t quota_bytes = 50ull << 30;
  parsers::Duration retention = std::chrono::hours(24 * 30);
  std::size_t block_bytes = 1024 * 1024;                   // raw bytes a block holds before it is compressed
  std::uint64_t segment_bytes = 256ull << 20;              // a segment is closed at this size on disk ...
  parsers::Duration segment_span = std::chrono::hours(6);  // ... or after this long
  // So many stay open for reading, at least 1. A week of them, and more: to open one costs ten times what a look into
  // its host index does.
  std::size_t open_segments = 64;
  bool read_only = false;
};

struct StoreStats {
  std::uint64_t events = 0, quarantined = 0, bytes_on_disk = 0, raw_bytes = 0, segments = 0;
  std::uint64_t damaged_segments = 0, damaged_bytes = 0;  // set aside; the bytes are among bytes_on_disk
  std::optional<parsers::TimePoint> oldest;               // time received of the oldest message
};

struct Selection;
struct BlockView;

class EventStore {
 public:
  // Creates the directory's contents where they are missing. Throws storage::SqliteError or std::system_error with a
  // sentence that names the path: start-up only. A second writer on the same directory is refused.
  explicit EventStore(StoreOptions options);
  ~EventStore();

  // Appends and makes durable in one transaction: when it returns, every entry of the batch survives a power cut.
  // Returns the id of the first entry; the others follow by one, except that a batch never spans two segments.
  // Throws SqliteError when the disk refuses; then nothing of the batch is stored.
  EventId append(const Batch& batch, parsers::TimePoint now);

  // Entries with an id greater than `after`, in order, until `visit` returns false. Raw is not filled.
  void scan(EventId after, const std::function<bool(const StoredEvent&)>& visit);

  // Blocks that hold what `selection` (selection.h) asks for, in the order of ids and read one at a time, until `visit`
  // returns false. What is appended meanwhile may be missed. `visit` may throw, and must leave the store alone.
  void scan_blocks(const Selection& selection, const std::function<bool(const BlockView&)>& visit);

  // Entries of one host with `from` <= time <= `to`, in the order (time, id). Raw is filled.
  // `wanted` may leave out more, before they are counted.
  std::vector<StoredEvent> find_by_host(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to,
                                        std::size_t limit = kMaxHostRows,
                                        const std::function<bool(const StoredEvent&)>& wanted = {});
  // A host that half the company visits would fill the memory: the earliest received are taken, and a warning tells.
  static constexpr std::size_t kMaxHostRows = 20'000;

  std::optional<StoredEvent> read(EventId id);  // with raw

  void set_quota(std::uint64_t bytes);  // in force from the next enforce_limits()

  // Deletes whole segments, oldest first, by age and by quota; never the one being written. Returns how many.
  std::size_t enforce_limits(parsers::TimePoint now);

  EventId last_id() const;  // of the newest event there is; 0 without events
  StoreStats stats() const;

  // What was found damaged since the last call, a sentence each: the rest of the store goes on without it.
  std::vector<std::string> take_warnings();

  // Reads everything and returns a sentence for each thing that does not agree with the rest. Slow: 1 GB of raw bytes a
  // second at best.
  std::vector<std::string> verify();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace storage

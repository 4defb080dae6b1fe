// Damaged segment files cost what is damaged, are told once, and nothing else.
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "storage/event_store.h"
#include "storage/segment_files.h"
#include "storage/sqlite.h"
#include "tests/storage/batches.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using support::TemporaryDirectory;
using test::at_second;
using test::numbered_batch;

namespace {

constexpr std::uint64_t kEach = 300;

StoreOptions options_in(const TemporaryDirectory& directory) {
  StoreOptions options;
  options.directory = directory.path();
  options.block_bytes = 4096;
  options.segment_bytes = 1;  // every append begins a segment
  return options;
}

// Segments 1, 2 and 3 of kEach messages each; the last is not sealed.
std::vector<SegmentFile> three_segments(const TemporaryDirectory& directory) {
  EventStore store(options_in(directory));
  for (std::uint64_t i = 0; i < 3; ++i) store.append(numbered_batch(1 + i * kEach, kEach), at_second(0));
  return list_segments(directory.path());
}

void overwrite(const std::string& path, std::int64_t offset, std::string_view bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file << bytes;
  REQUIRE(file.good());
}

// Flips a bit in the middle of the messages of the block that begins at `first`.
void flip_bit_of_messages(const std::string& path, std::int64_t first) {
  Connection connection(path, Connection::Mode::read_write);
  Statement select(connection, "SELECT raw FROM blocks WHERE first = ?");
  std::string raw;
  {
    auto row = select.use();
    REQUIRE(row.bind(first).row());
    raw = row.blob(0);
  }
  raw[raw.size() / 2] ^= 1;
  Statement update(connection, "UPDATE blocks SET raw = ? WHERE first = ?");
  update.use().bind_blob(raw).bind(first).run();
}

// Overwrites the root page of the table of blocks; header and schema stay readable.
void wreck_blocks(const std::string& path) {
  std::int64_t page = 0, size = 0;
  {
    Connection connection(path, Connection::Mode::read_only);
    page = connection.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'blocks'");
    size = connection.integer("PRAGMA page_size");
  }
  overwrite(path, (page - 1) * size, std::string(static_cast<std::size_t>(size), '\x2a'));
}

std::uint64_t count_scanned(EventStore& store) {
  std::uint64_t count = 0;
  store.scan(0, [&](const StoredEvent&) { return ++count != 0; });
  return count;
}

std::size_t count_found(EventStore& store) {
  std::size_t count = 0;
  for (std::uint64_t host = 0; host < 7; ++host) {
    count += store.find_by_host(test::kHostKey + host, parsers::TimePoint::min(), parsers::TimePoint::max()).size();
  }
  return count;
}

}  // namespace

TEST_CASE("store: a flipped bit costs one block, is told once, and is never served") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  flip_bit_of_messages(files[1].path, 1);
  EventStore store(options_in(directory));
  CHECK(store.take_warnings().empty());
  const EventId first = EventId{files[1].number} << 32 | 1;
  CHECK_FALSE(store.read(first));
  CHECK_FALSE(store.read(first + 1));
  REQUIRE(store.read(first + kEach - 1));
  CHECK(store.read(first + kEach - 1)->raw == test::message_of(2 * kEach));
  CHECK(store.take_warnings().size() == 1);
  const std::size_t found = count_found(store);
  CHECK(found < 3 * kEach);
  CHECK(found > 3 * kEach - 100);
  CHECK(count_scanned(store) == 3 * kEach);  // the index of the block is whole
  CHECK(store.take_warnings().empty());
  const auto faults = store.verify();
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].starts_with(files[1].path + ": the block of messages 1 to "));
  CHECK(faults[0].ends_with(": its messages are damaged."));
}

TEST_CASE("store: a file that is no database is set aside at the start, told once, and the rest goes on") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  overwrite(files[0].path, 0, std::string(100, 'x'));
  EventId last = 0;
  {
    EventStore store(options_in(directory));
    const auto warnings = store.take_warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].ends_with("The segment was set aside as " + files[0].path + ".damaged."));
    CHECK(count_scanned(store) == 2 * kEach);
    CHECK(count_found(store) == 2 * kEach);
    last = store.append(numbered_batch(1, 1), at_second(1));
  }
  CHECK(std::filesystem::exists(files[0].path + ".damaged"));
  EventStore store(options_in(directory));
  CHECK(store.take_warnings().empty());
  CHECK(store.last_id() == last);
  CHECK(store.verify().empty());
}

TEST_CASE("store: a segment that turns out to be damaged while it is read is set aside then") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  wreck_blocks(files[1].path);
  EventStore store(options_in(directory));
  CHECK(store.take_warnings().empty());
  CHECK(store.verify().size() >= 1);
  CHECK(count_scanned(store) == 2 * kEach);
  CHECK(store.take_warnings().size() == 1);
  CHECK(store.stats().segments == 2);
  CHECK(count_found(store) == 2 * kEach);
  CHECK_FALSE(store.read(EventId{files[1].number} << 32 | 1));
  CHECK(store.take_warnings().empty());
}

TEST_CASE("store: when the open segment is damaged, writing goes on in a new one with greater ids") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  wreck_blocks(files[2].path);
  EventStore store(options_in(directory));
  const EventId id = store.append(numbered_batch(1, 10), at_second(1));
  CHECK(id == (EventId{files[2].number + 1} << 32 | 1));
  CHECK(store.take_warnings().size() == 1);
  CHECK(count_scanned(store) == 2 * kEach + 10);
}

TEST_CASE("store: when a reader finds the open segment damaged, the writer leaves it too") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  StoreOptions options = options_in(directory);
  options.segment_bytes = 1 << 30;
  EventStore store(options);
  wreck_blocks(files[2].path);
  CHECK(count_scanned(store) == 2 * kEach);
  CHECK(store.take_warnings().size() == 1);
  const EventId id = store.append(numbered_batch(1, 10), at_second(1));
  CHECK(id == (EventId{files[2].number + 1} << 32 | 1));
  CHECK(store.append(numbered_batch(11, 10), at_second(1)) == id + 10);
  CHECK(count_scanned(store) == 2 * kEach + 20);
}

TEST_CASE("store: the number of a damaged segment is not used again after it was deleted") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  EventId before = 0;
  {
    before = EventStore(options).append(numbered_batch(1, 1), at_second(0));
  }
  overwrite(list_segments(directory.path())[0].path, 0, std::string(100, 'x'));
  options.quota_bytes = 1;
  {
    CHECK(EventStore(options).enforce_limits(at_second(0)) == 1);
  }
  CHECK(list_segments(directory.path()).size() == 1);
  CHECK(EventStore(options).append(numbered_batch(1, 1), at_second(0)) > before);
}

TEST_CASE("store: damage that shows while appending costs the segment, not the batch") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  options.segment_bytes = 1 << 30;
  EventStore store(options);
  const EventId first = store.append(numbered_batch(1, kEach), at_second(0));
  const auto files = list_segments(directory.path());
  REQUIRE(files.size() == 1);
  std::filesystem::resize_file(files[0].path + "-wal", 0);
  overwrite(files[0].path, 0, std::string(20'000, 'x'));
  // A page of the file is looked at when it isn't in memory any more: at the latest when the segment is closed.
  EventId last = first;
  for (int i = 0; i < 50 && (last >> 32) == (first >> 32); ++i) {
    last = store.append(numbered_batch(1000, kEach), at_second(i * 3600));
  }
  CHECK((last >> 32) > (first >> 32));
  CHECK(store.read(last)->raw == test::message_of(1000));
}

TEST_CASE("store: a reader leaves damaged files where they are") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  wreck_blocks(files[1].path);
  StoreOptions options = options_in(directory);
  options.read_only = true;
  EventStore store(options);
  CHECK(count_scanned(store) == 2 * kEach);
  CHECK(count_scanned(store) == 2 * kEach);
  CHECK(store.take_warnings().size() == 1);
  CHECK(std::filesystem::exists(files[1].path));
}

TEST_CASE("store: what was set aside counts towards the quota and is deleted in its turn") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  overwrite(files[1].path, 0, std::string(100, 'x'));
  StoreOptions options = options_in(directory);
  std::uint64_t bytes = 0;
  {
    EventStore store(options);
    bytes = store.stats().bytes_on_disk;
    const std::uint64_t damaged = bytes_on_disk(files[1].path + ".damaged");
    CHECK(bytes >= 3 * damaged);
    CHECK(store.stats().damaged_segments == 1);
    CHECK(store.stats().damaged_bytes == damaged);
  }
  options.segment_bytes = 1 << 30;
  options.quota_bytes = bytes - 2 * bytes_on_disk(files[0].path);
  EventStore store(options);
  CHECK(store.enforce_limits(at_second(0)) == 2);
  CHECK_FALSE(std::filesystem::exists(files[0].path));
  CHECK_FALSE(std::filesystem::exists(files[1].path + ".damaged"));
  CHECK(store.stats().damaged_segments == 0);
  CHECK(count_scanned(store) == kEach);
}

TEST_CASE("store: a segment of a newer schema is refused, with both versions named") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  Connection(files[1].path, Connection::Mode::read_write).execute("PRAGMA user_version = 7");
  std::string sentence;
  try {
    EventStore store(options_in(directory));
  } catch (const SqliteError& error) {
    sentence = error.what();
  }
  CHECK(sentence == files[1].path +
                        " has schema version 7, but this Lurewatch knows versions up to 3: a newer Lurewatch "
                        "wrote it.");
}

TEST_CASE("store: a segment whose creation was cut off is no obstacle") {
  TemporaryDirectory directory;
  const auto files = three_segments(directory);
  std::ofstream(segment_path(directory.path(), at_second(9), files[2].number + 1)).flush();
  EventStore store(options_in(directory));
  const EventId id = store.append(numbered_batch(1, 3), at_second(10));
  CHECK(store.read(id)->raw == test::message_of(1));
  CHECK(count_scanned(store) == 3 * kEach + 3);
  CHECK(store.take_warnings().empty());
  CHECK(store.verify().empty());
}

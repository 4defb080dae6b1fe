#include "storage/event_store.h"

#include <doctest/doctest.h>

#include "tests/storage/batches.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using support::TemporaryDirectory;
using test::at_second;
using test::numbered_batch;

namespace {

StoreOptions options_in(const TemporaryDirectory& directory) {
  StoreOptions options;
  options.directory = directory.path();
  options.block_bytes = 4096;
  return options;
}

std::vector<std::uint64_t> scanned_ids(EventStore& store, EventId after = 0) {
  std::vector<std::uint64_t> ids;
  store.scan(after, [&](const StoredEvent& event) {
    ids.push_back(event.id);
    return true;
  });
  return ids;
}

constexpr auto kEver = std::pair(parsers::TimePoint::min(), parsers::TimePoint::max());

}  // namespace

TEST_CASE("store: a message comes back as it was given, with its index, source and reason") {
  TemporaryDirectory directory;
  EventStore store(options_in(directory));
  Batch batch = numbered_batch(1, 2);
  batch.sources.push_back({"tap", "203.0.113.9"});
  batch.reasons = {"not_cef"};
  IndexEntry odd;
  odd.time = odd.received = at_second(3);
  odd.source = 1;
  odd.reason = 1;
  test::add_message(batch, std::string_view("no\0cef", 6), odd);

  const EventId first = store.append(batch, at_second(3));
  REQUIRE(store.last_id() == first + 2);
  const auto second = store.read(first + 1);
  REQUIRE(second);
  CHECK(second->raw == test::message_of(2));
  CHECK(second->entry.host_key == test::entry_of(2).host_key);
  CHECK(second->entry.time == test::entry_of(2).time);
  CHECK(second->entry.received == test::entry_of(2).received);
  CHECK(second->entry.flags == test::entry_of(2).flags);
  CHECK(second->entry.outcome == parsers::Outcome::allowed);
  CHECK(second->entry.vendor == parsers::Vendor::zscaler);
  CHECK(second->source == Source{"firewall", "192.0.2.1"});
  CHECK(second->reason.empty());
  const auto third = store.read(first + 2);
  REQUIRE(third);
  CHECK(third->raw == std::string_view("no\0cef", 6));
  CHECK(third->source == Source{"tap", "203.0.113.9"});
  CHECK(third->reason == "not_cef");
  CHECK_FALSE(store.read(first + 3));
  CHECK(store.stats().events == 3);
  CHECK(store.stats().quarantined == 1);
  CHECK(store.stats().raw_bytes == batch.bytes.size());
  CHECK(store.stats().oldest == at_second(1));
}

TEST_CASE("store: ids grow by one across small and large batches and stay what they are") {
  TemporaryDirectory directory;
  std::uint64_t number = 1;
  EventId first = 0;
  for (int round = 0; round < 3; ++round) {
    EventStore store(options_in(directory));
    for (const std::uint64_t count : {1, 2, 30, 1, 500, 7, 1}) {
      const EventId id = store.append(numbered_batch(number, count), at_second(1));
      if (first == 0) first = id;
      CHECK(id == first + number - 1);
      number += count;
    }
  }
  EventStore store(options_in(directory));
  CHECK(store.last_id() == first + number - 2);
  std::uint64_t next = 1;
  store.scan(0, [&](const StoredEvent& event) {
    CHECK(event.id == first + next - 1);
    CHECK(event.entry.received == test::entry_of(next).received);
    ++next;
    return true;
  });
  CHECK(next == number);
  for (std::uint64_t i = 1; i < number; i += 13) CHECK(store.read(first + i - 1).value().raw == test::message_of(i));
  CHECK(store.take_warnings().empty());
}

TEST_CASE("store: a scan begins after the id it is given and stops when told to") {
  TemporaryDirectory directory;
  EventStore store(options_in(directory));
  const EventId first = store.append(numbered_batch(1, 200), at_second(1));
  CHECK(scanned_ids(store, first + 197) == std::vector<EventId>{first + 198, first + 199});
  CHECK(scanned_ids(store, first + 199).empty());
  int visits = 0;
  store.scan(0, [&](const StoredEvent&) { return ++visits < 5; });
  CHECK(visits == 5);
}

TEST_CASE("store: an error of the visitor passes through a scan and hurts nothing") {
  TemporaryDirectory directory;
  EventStore store(options_in(directory));
  store.append(numbered_batch(1, 20), at_second(1));
  CHECK_THROWS_AS(store.scan(0, [](const StoredEvent&) -> bool { throw std::runtime_error("full"); }),
                  std::runtime_error);
  CHECK(scanned_ids(store).size() == 20);
}

TEST_CASE("store: a host's messages are found by event time, in the order of time and id, with raw") {
  TemporaryDirectory directory;
  EventStore store(options_in(directory));
  const EventId first = store.append(numbered_batch(1, 700), at_second(1));
  Batch late = numbered_batch(701, 1);
  late.entries[0].host_key = test::kHostKey + 3;
  late.entries[0].time = test::entry_of(3).time;
  const EventId late_id = store.append(late, at_second(701));

  const auto all = store.find_by_host(test::kHostKey + 3, kEver.first, kEver.second);
  REQUIRE(all.size() == 101);
  CHECK(all[0].id == first + 2);
  CHECK(all[1].id == late_id);
  CHECK(all[1].raw == test::message_of(701));
  CHECK(all[2].raw == test::message_of(10));
  const auto some = store.find_by_host(test::kHostKey + 3, test::entry_of(10).time, test::entry_of(24).time);
  REQUIRE(some.size() == 3);
  CHECK(some[2].id == first + 23);
  CHECK(store.find_by_host(12345, kEver.first, kEver.second).empty());
  CHECK(store.find_by_host(0, kEver.first, kEver.second).empty());
}

TEST_CASE("store: a segment is closed by size or by age, and everything is found across segments") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  options.segment_span = std::chrono::hours(1);
  EventStore store(options);
  const EventId first = store.append(numbered_batch(1, 70), at_second(0));
  const EventId same = store.append(numbered_batch(71, 7), at_second(3599));
  const EventId next = store.append(numbered_batch(78, 7), at_second(3600));
  CHECK(same == first + 70);
  CHECK((next >> 32) == (first >> 32) + 1);
  CHECK((next & 0xffffffff) == 1);
  CHECK(store.stats().segments == 2);
  CHECK(store.find_by_host(test::kHostKey + 3, kEver.first, kEver.second).size() == 12);
  CHECK(scanned_ids(store).size() == 84);
  CHECK(scanned_ids(store, first + 75) == [&] {
    std::vector<EventId> expected = {first + 76};
    for (EventId i = 0; i < 7; ++i) expected.push_back(next + i);
    return expected;
  }());

  options.segment_bytes = 1;
  TemporaryDirectory other;
  options.directory = other.path();
  EventStore small(options);
  small.append(numbered_batch(1, 7), at_second(0));
  small.append(numbered_batch(8, 7), at_second(0));
  CHECK(small.stats().segments == 2);
}

TEST_CASE("store: retention deletes whole segments by time received, never the newest") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  options.segment_span = std::chrono::hours(1);
  options.retention = std::chrono::hours(24);
  EventStore store(options);
  for (int hour = 0; hour < 5; ++hour) {
    store.append(numbered_batch(static_cast<std::uint64_t>(hour) * 3600, 10), at_second(hour * 3600));
  }
  CHECK(store.enforce_limits(at_second(24 * 3600)) == 0);
  CHECK(store.enforce_limits(at_second(26 * 3600)) == 2);
  CHECK(store.stats().oldest == at_second(2 * 3600));
  CHECK(scanned_ids(store).size() == 30);
  const EventId last = store.last_id();
  CHECK(store.enforce_limits(at_second(100 * 3600)) == 3);
  CHECK(store.stats().events == 0);
  CHECK(store.append(numbered_batch(1, 1), at_second(101 * 3600)) > last);
}

TEST_CASE("store: ids are not used again after everything was deleted and the store opened anew") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  EventId last = 0;
  {
    EventStore store(options);
    last = store.append(numbered_batch(1, 1), at_second(0));
    const auto much_later = at_second(90 * 24 * 3600);
    CHECK(store.enforce_limits(much_later) == 1);
  }
  EventStore store(options);
  CHECK(store.append(numbered_batch(2, 1), at_second(0)) > last);
}

TEST_CASE("store: the quota deletes the oldest segments until the rest fits") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  options.segment_bytes = 1;
  std::uint64_t bytes = 0;
  {
    EventStore store(options);
    for (std::uint64_t i = 0; i < 10; ++i) store.append(numbered_batch(i * 10, 10), at_second(0));
    bytes = store.stats().bytes_on_disk;
    CHECK(store.stats().segments == 10);
  }
  options.quota_bytes = bytes / 2;
  EventStore store(options);
  CHECK(store.enforce_limits(at_second(0)) >= 4);
  CHECK(store.stats().bytes_on_disk <= options.quota_bytes);
  CHECK(scanned_ids(store).size() == 10 * (store.stats().segments - 1));
}

TEST_CASE("store: a second writer is refused with a sentence that names the directory") {
  TemporaryDirectory directory;
  EventStore store(options_in(directory));
  std::string sentence;
  try {
    EventStore second(options_in(directory));
  } catch (const std::exception& error) {
    sentence = error.what();
  }
  CHECK(sentence == "Another Lurewatch writes to " + directory.path() + ": it holds " + directory.path() + "/lock.");
}

TEST_CASE("store: a reader beside the writer sees what is committed, and new segments too") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  EventStore store(options);
  store.append(numbered_batch(1, 100), at_second(0));
  options.read_only = true;
  EventStore reader(options);
  CHECK(scanned_ids(reader).size() == 100);
  store.append(numbered_batch(101, 3), at_second(1));
  store.append(numbered_batch(104, 100), at_second(1));
  store.append(numbered_batch(204, 7), at_second(7 * 3600));
  CHECK(scanned_ids(reader).size() == 210);
  CHECK(reader.find_by_host(test::kHostKey + 3, kEver.first, kEver.second).size() == 30);
  CHECK_THROWS(reader.append(numbered_batch(1, 1), at_second(0)));
  CHECK(store.enforce_limits(at_second(90 * 24 * 3600)) == 2);
  CHECK(scanned_ids(reader).empty());
  CHECK(reader.take_warnings().empty());
}

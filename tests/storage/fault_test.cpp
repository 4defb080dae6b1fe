// A disk that fails at every single step of storing, closing a segment, opening the next and making room: whatever the
// step, what was acknowledged is there once, what was refused is not, and work goes on.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "storage/event_store.h"
#include "storage/segment_files.h"
#include "storage/sqlite.h"
#include "storage/state.h"
#include "tests/storage/batches.h"
#include "tests/storage/faulty_vfs.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using support::TemporaryDirectory;
using test::at_second;
using test::Fault;
using test::numbered_batch;

namespace {

constexpr std::uint64_t kEach = 60;
constexpr std::uint64_t kBatches = 8;

StoreOptions options_in(const TemporaryDirectory& directory) {
  StoreOptions options;
  options.directory = directory.path();
  options.block_bytes = 8192;
  options.segment_bytes = 16 * 1024;
  options.quota_bytes = 120 * 1024;
  return options;
}

struct Outcome {
  std::map<std::uint64_t, EventId> stored;  // id of each message that was acknowledged
  std::vector<std::uint64_t> refused;       // first numbers of batches that were not
  std::uint64_t operations = 0;
};

// Small commits, gathered ones, three or more segments, and the oldest of them deleted.
Outcome run(const TemporaryDirectory& directory, test::FaultyVfs& disk) {
  Outcome outcome;
  try {
    EventStore store(options_in(directory));
    for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
      const std::uint64_t first = 1 + batch * kEach;
      try {
        const EventId id = store.append(numbered_batch(first, kEach), at_second(0));
        for (std::uint64_t i = 0; i < kEach; ++i) outcome.stored[first + i] = id + i;
      } catch (const SqliteError&) {
        outcome.refused.push_back(first);
      }
      try {
        store.enforce_limits(at_second(0));
      } catch (const SqliteError&) {
      }
    }
  } catch (const SqliteError&) {
  }
  outcome.operations = disk.operations();
  return outcome;
}

// What the store holds, by number; -1 for a number that is there twice.
std::map<std::uint64_t, EventId> read_all(EventStore& store) {
  std::map<std::uint64_t, EventId> found;
  store.scan(0, [&](const StoredEvent& event) {
    const auto number = static_cast<std::uint64_t>((event.entry.received - at_second(0)) / std::chrono::seconds(1));
    if (!found.emplace(number, event.id).second) found[number] = ~EventId{0};
    return true;
  });
  return found;
}

void check(const TemporaryDirectory& directory, const Outcome& outcome, Fault fault) {
  EventStore store(options_in(directory));
  REQUIRE(store.take_warnings() == std::vector<std::string>{});
  REQUIRE(store.verify() == std::vector<std::string>{});
  const auto found = read_all(store);
  const std::uint32_t oldest = list_segments(directory.path()).empty() ? 0 : list_segments(directory.path())[0].number;
  for (const auto& [number, id] : outcome.stored) {
    if (id >> 32 < oldest) continue;  // deleted to make room
    const auto at = found.find(number);
    REQUIRE(at != found.end());
    REQUIRE(at->second == id);
  }
  for (const auto& [number, id] : found) {
    const bool is_stored = outcome.stored.contains(number);
    // A power cut may hit between the last byte and the answer; then all of the batch is there.
    if (!is_stored) REQUIRE(fault == Fault::power_cut);
    if (!is_stored) REQUIRE(found.contains((number - 1) / kEach * kEach + 1));
    if (!is_stored) REQUIRE(found.contains((number - 1) / kEach * kEach + kEach));
  }
  const EventId id = store.append(numbered_batch(100'000, 3), at_second(0));
  REQUIRE(store.read(id)->raw == test::message_of(100'000));
}

}  // namespace

TEST_CASE(
    "faults: a failing write, flush or truncation at any step loses nothing acknowledged and keeps nothing refused") {
  std::uint64_t total = 0;
  {
    TemporaryDirectory directory;
    test::FaultyVfs disk;
    const Outcome outcome = run(directory, disk);
    REQUIRE(outcome.refused.empty());
    REQUIRE(outcome.stored.size() == kBatches * kEach);
    REQUIRE(list_segments(directory.path())[0].number > 1);  // some were deleted
    total = outcome.operations;
  }
  REQUIRE(total > 100);
  for (const Fault fault : {Fault::io_error, Fault::no_space, Fault::short_write, Fault::power_cut}) {
    std::uint64_t refused = 0;
    for (std::uint64_t operation = 0; operation < total; ++operation) {
      CAPTURE(static_cast<int>(fault));
      CAPTURE(operation);
      TemporaryDirectory directory;
      test::FaultyVfs disk;
      disk.arm(operation, fault);
      const Outcome outcome = run(directory, disk);
      disk.disarm();
      refused += outcome.refused.size();
      check(directory, outcome, fault);
    }
    CHECK(refused > 10);
  }
}

TEST_CASE("faults: the state database keeps whole transactions whatever step fails") {
  for (const Fault fault : {Fault::io_error, Fault::short_write, Fault::power_cut}) {
    bool ends = false;
    for (std::uint64_t operation = 0; !ends; ++operation) {
      CAPTURE(static_cast<int>(fault));
      CAPTURE(operation);
      TemporaryDirectory directory;
      int kept = 0;
      test::FaultyVfs disk;
      disk.arm(operation, fault);
      try {
        State state(directory / "state.db", State::Mode::read_write);
        for (int round = 1; round <= 4; ++round) {
          State::Transaction transaction(state);
          state.set_cursor("a", std::to_string(round));
          state.put_click({static_cast<EventId>(round), 7, at_second(round), "ana@contoso.com", "ana"});
          transaction.commit();
          kept = round;
        }
      } catch (const SqliteError&) {
      }
      ends = !disk.has_failed();
      disk.disarm();
      State state(directory / "state.db", State::Mode::read_write);
      const int cursor = std::stoi(state.cursor("a").value_or("0"));
      REQUIRE(cursor >= kept);
      REQUIRE(cursor <= kept + (fault == Fault::power_cut ? 1 : 0));
      REQUIRE(state.counts().clicks == static_cast<std::uint64_t>(cursor));
    }
  }
}

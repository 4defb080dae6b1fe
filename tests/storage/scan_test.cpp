// Scanning by block: what the index answers, and what may happen to the blocks meanwhile.
#include <doctest/doctest.h>

#include <algorithm>

#include "storage/segment_files.h"
#include "storage/selection.h"
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
  options.block_bytes = 8192;
  options.segment_bytes = 72 * 1024;  // the tables take 56 KiB of it before anything is in them
  return options;
}

// Numbers of the messages that a selection gives, and in how many blocks they were.
std::vector<std::uint64_t> select(EventStore& store, const Selection& selection, std::size_t* blocks = nullptr) {
  std::vector<std::uint64_t> numbers;
  store.scan_blocks(selection, [&](const BlockView& block) {
    if (blocks != nullptr) ++*blocks;
    for (const std::uint32_t at : block.chosen) {
      const auto number =
          static_cast<std::uint64_t>((block.entries[at].received - at_second(0)) / std::chrono::seconds(1));
      CHECK(block.raw(at) == test::message_of(number));
      CHECK(block.sources[block.entries[at].source].input == "firewall");
      numbers.push_back(number);
    }
    return true;
  });
  return numbers;
}

}  // namespace

TEST_CASE("scan: time, host, vendor and outcome give exactly their messages, in sealed and open segments") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  options.open_segments = 2;  // fewer than there are: they are closed and opened again
  EventStore store(options);
  for (std::uint64_t first = 1; first <= 4000; first += 40) store.append(numbered_batch(first, 40), at_second(0));
  REQUIRE(list_segments(directory.path()).size() > 2);
  const auto expected = [](auto wanted) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = 1; number <= 4000; ++number) {
      if (wanted(number)) numbers.push_back(number);
    }
    return numbers;
  };
  Selection selection;
  CHECK(select(store, selection) == expected([](auto) { return true; }));
  selection.from = test::entry_of(700).time;
  selection.to = test::entry_of(3100).time;
  CHECK(select(store, selection) == expected([](auto n) { return n >= 700 && n <= 3100; }));
  selection.host_key = test::kHostKey + 3;
  CHECK(select(store, selection) == expected([](auto n) { return n >= 700 && n <= 3100 && n % 7 == 3; }));
  selection.outcome = parsers::Outcome::blocked;
  selection.vendor = parsers::Vendor::zscaler;
  CHECK(select(store, selection) == expected([](auto n) { return n >= 700 && n <= 3100 && n % 7 == 3 && n % 2 == 1; }));
  selection.vendor = parsers::Vendor::fortinet;
  CHECK(select(store, selection).empty());
}

TEST_CASE("scan: blocks without a user or an address are passed over, those with it never, also after a restart") {
  TemporaryDirectory directory;
  for (std::uint64_t first = 1; first <= 3000; first += 500) {
    EventStore store(options_in(directory));
    for (std::uint64_t i = 0; i < 500; i += 25) store.append(numbered_batch(first + i, 25), at_second(0));
  }
  EventStore store(options_in(directory));
  std::size_t all_blocks = 0;
  select(store, {}, &all_blocks);
  const std::size_t segments = list_segments(directory.path()).size();
  REQUIRE(segments > 2);
  REQUIRE(all_blocks > 2 * segments);
  std::size_t blocks = 0;
  for (std::uint64_t number = 1; number <= 3000; number += 7) {
    Selection selection;
    selection.block_keys = {test::entry_of(number).source_key};
    const auto found = select(store, selection, &blocks);
    CAPTURE(number);
    CHECK(std::ranges::find(found, number) != found.end());
  }
  // One block has it, a few more are looked into in vain: those that were written again after a restart.
  CHECK(blocks / 429 < all_blocks / 4);
  CHECK(store.verify().empty());
}

TEST_CASE(
    "scan: a few messages of large blocks come whole, scan by scan, and each block can be read as a whole afterwards") {
  TemporaryDirectory directory;
  StoreOptions options = options_in(directory);
  options.block_bytes = 256 * 1024;
  EventStore store(options);
  const EventId first = store.append(numbered_batch(1, 5000), at_second(0));
  Selection selection;
  std::size_t blocks = 0;
  for (std::uint64_t number = 1; number <= 5000; number += 99) {
    const parsers::TimePoint begin = test::entry_of(number).time;
    selection.wanted = [begin](const IndexEntry& entry) {
      return entry.time == begin || entry.time == begin + std::chrono::seconds(500);
    };
    const auto found = select(store, selection, &blocks);
    CHECK(found.size() == (number + 500 <= 5000 ? 2 : 1));
    CHECK(found.front() == number);
    CHECK(store.read(first + 4999 - number)->raw == test::message_of(5000 - number));
  }
  CHECK(blocks < 3 * 51);
  CHECK(store.take_warnings().empty());
}

TEST_CASE("scan: it begins behind an event, stops when told, and gives errors of the visitor back") {
  TemporaryDirectory directory;
  EventStore store(options_in(directory));
  const EventId first = store.append(numbered_batch(1, 300), at_second(0));
  Selection selection;
  selection.after = first + 99;
  CHECK(select(store, selection).front() == 101);
  int visits = 0;
  store.scan_blocks({}, [&](const BlockView&) { return ++visits != 2; });
  CHECK(visits == 2);
  CHECK_THROWS_AS(store.scan_blocks({}, [](const BlockView&) -> bool { throw 7; }), int);
  CHECK(store.take_warnings().empty());
}

TEST_CASE("scan: a reader gets every message once while small blocks become large ones and segments are sealed") {
  TemporaryDirectory directory;
  EventStore writer(options_in(directory));
  std::uint64_t last = 0;
  const auto append = [&](std::uint64_t count) {
    writer.append(numbered_batch(last + 1, count), at_second(0));
    last += count;
  };
  for (int i = 0; i < 10; ++i) append(3);
  StoreOptions options = options_in(directory);
  options.read_only = true;
  EventStore reader(options);
  std::vector<std::uint64_t> numbers;
  reader.scan_blocks({}, [&](const BlockView& block) {
    for (const std::uint32_t at : block.chosen) {
      numbers.push_back(
          static_cast<std::uint64_t>((block.entries[at].received - at_second(0)) / std::chrono::seconds(1)));
    }
    append(40);
    append(2000);
    return true;
  });
  REQUIRE(list_segments(directory.path()).size() > 1);
  REQUIRE(numbers.size() >= 30);
  for (std::size_t i = 0; i < numbers.size(); ++i) REQUIRE(numbers[i] == i + 1);
}

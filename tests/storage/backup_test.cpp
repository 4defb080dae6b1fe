#include "storage/backup.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "storage/segment_files.h"
#include "storage/sqlite.h"
#include "tests/storage/batches.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using support::TemporaryDirectory;
using test::at_second;
using test::numbered_batch;

namespace {

StoreOptions options_in(const std::string& directory) {
  StoreOptions options;
  options.directory = directory;
  options.block_bytes = 8192;
  options.segment_bytes = 32 * 1024;
  return options;
}

// A store that is open and goes on being written: sealed segments, and one with a log.
struct Living {
  explicit Living(const std::string& directory)
      : events(options_in(directory)), state(directory + "/state.db", State::Mode::read_write) {
    for (std::uint64_t first = 1; first <= 3000; first += 50) events.append(numbered_batch(first, 50), at_second(0));
    state.set_cursor("correlate.events", std::to_string(events.last_id()));
  }
  EventStore events;
  State state;
};

std::uint64_t count(const std::string& directory) {
  StoreOptions options = options_in(directory);
  options.read_only = true;
  EventStore store(options);
  std::uint64_t next = 0;
  store.scan(0, [&](const StoredEvent& event) { return event.entry.received == at_second(++next); });
  return next;
}

}  // namespace

TEST_CASE("backup: a store that is being written is copied whole, closed segments as links") {
  TemporaryDirectory directory;
  Living store(directory / "store");
  const BackupResult result = back_up(directory / "store", directory / "copy");
  CHECK(result.segments == list_segments(directory / "store").size());
  CHECK(result.linked == result.segments - 1);
  CHECK(result.left_out.empty());
  store.events.append(numbered_batch(3001, 500), at_second(0));
  const StoreCheck check = check_store(directory / "copy");
  CHECK(check.faults == std::vector<std::string>{});
  CHECK(check.events.events == 3000);
  CHECK(count(directory / "copy") == 3000);
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory / "copy"))
    CHECK_FALSE(file.path().string().ends_with("-wal"));
}

TEST_CASE("backup: a copy can be opened, written to and copied again, and the original is none the wiser") {
  TemporaryDirectory directory;
  Living store(directory / "store");
  back_up(directory / "store", directory / "copy");
  {
    EventStore again(options_in(directory / "copy"));
    again.append(numbered_batch(3001, 200), at_second(0));
    again.enforce_limits(at_second(86'400 * 365));
  }
  CHECK(store.events.verify().empty());
  CHECK(count(directory / "store") == 3000);
}

TEST_CASE("backup: a folder with something in it is refused, and so is a place without a store") {
  TemporaryDirectory directory;
  Living store(directory / "store");
  std::filesystem::create_directories(directory / "full");
  std::ofstream(directory / "full/file") << "x";
  CHECK_THROWS_WITH_AS(back_up(directory / "store", directory / "full"),
                       (directory / "full" + " is not empty: a copy needs a folder of its own.").c_str(), SqliteError);
  CHECK_THROWS_WITH_AS(back_up(directory / "none", directory / "copy"),
                       (directory / "none" + ": there is no store here.").c_str(), SqliteError);
}

TEST_CASE("backup: what was set aside is left out and named") {
  TemporaryDirectory directory;
  {
    Living store(directory / "store");
  }
  const auto files = list_segments(directory / "store");
  std::filesystem::rename(files[1].path, files[1].path + ".damaged");
  const BackupResult result = back_up(directory / "store", directory / "copy");
  CHECK(result.segments == files.size() - 1);
  CHECK(result.left_out == std::vector<std::string>{files[1].path + ".damaged is damaged and was left out."});
}

TEST_CASE("restore check: every kind of harm to a copy is told") {
  TemporaryDirectory directory;
  Living store(directory / "store");
  const auto fault_after = [&](const char* name, auto harm) {
    const std::string copy = directory / name;
    back_up(directory / "store", copy);
    harm(copy);
    const StoreCheck check = check_store(copy);
    return check.faults.empty() ? std::string("none") : check.faults[0];
  };
  CHECK(fault_after("good", [](const std::string&) {}) == "none");
  CHECK(fault_after("stateless", [](const std::string& copy) {
          std::filesystem::remove(copy + "/state.db");
        }).ends_with("is missing: alerts, sign-ins and findings are not there."));
  CHECK(fault_after("short", [](const std::string& copy) {
          std::filesystem::remove(list_segments(copy).back().path);
        }).ends_with("the newest segments lack."));
  CHECK(fault_after("wrecked", [](const std::string& copy) {
          const std::string path = list_segments(copy).back().path;
          std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << std::string(4096, 'x');
        }) != "none");
  CHECK(fault_after("emptied", [](const std::string& copy) {
          std::filesystem::remove_all(copy + "/segments");
        }).ends_with("there is no store here."));
}

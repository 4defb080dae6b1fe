// A child appends numbered messages and tells what was acknowledged; it is killed at a random moment, again and again.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

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

StoreOptions small_options(const TemporaryDirectory& directory) {
  StoreOptions options;
  options.directory = directory.path();
  options.block_bytes = 8192;
  options.segment_bytes = 32 * 1024;
  return options;
}

struct Acknowledged {
  EventId first_id;
  std::uint64_t first_number, count;
};

// Runs in the child until it is killed. Batches of all sizes, so that blocks are gathered, cut and sealed.
[[noreturn]] void append_for_ever(const StoreOptions& options, std::uint64_t number, int pipe) {
  try {
    EventStore store(options);
    std::minstd_rand random(static_cast<unsigned>(number));
    while (true) {
      const std::uint64_t count = random() % 8 == 0 ? 200 : 1 + random() % 12;
      const Acknowledged done{store.append(numbered_batch(number, count), at_second(0)), number, count};
      if (::write(pipe, &done, sizeof done) != sizeof done) ::_exit(2);
      number += count;
    }
  } catch (...) {
    ::_exit(3);
  }
}

std::uint64_t number_in(const StoredEvent& event) {
  return static_cast<std::uint64_t>((event.entry.received - at_second(0)) / std::chrono::seconds(1));
}

// More of them make a test of its own: the target `crash_soak` sets LUREWATCH_KILLS.
int kill_count() {
  const char* wanted = std::getenv("LUREWATCH_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 50;
}

}  // namespace

TEST_CASE("store: after many kills everything acknowledged is there once, and index and blocks agree") {
  TemporaryDirectory directory;
  const StoreOptions options = small_options(directory);
  std::mt19937 random(7);
  std::vector<Acknowledged> acknowledged;
  std::uint64_t next_number = 1;
  for (int round = 0; round < kill_count(); ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) append_for_ever(options, next_number, ends[1]);
    ::close(ends[1]);
    // Some acknowledgements, so that the child is surely at work; then at any moment.
    Acknowledged done{};
    for (auto left = random() % 20; left > 0 && ::read(ends[0], &done, sizeof done) == sizeof done; --left) {
      acknowledged.push_back(done);
    }
    ::usleep(static_cast<useconds_t>(random() % 3000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    while (::read(ends[0], &done, sizeof done) == sizeof done) acknowledged.push_back(done);
    ::close(ends[0]);
    // The last batch may be stored without its acknowledgement: numbers beyond it are not used again.
    next_number = (acknowledged.empty() ? 0 : acknowledged.back().first_number + acknowledged.back().count) + 1000;
  }
  REQUIRE(acknowledged.size() > 200);

  EventStore store(options);
  CHECK(store.verify() == std::vector<std::string>{});
  CHECK(store.take_warnings() == std::vector<std::string>{});
  std::vector<std::uint64_t> numbers;
  std::vector<EventId> ids;
  store.scan(0, [&](const StoredEvent& event) {
    ids.push_back(event.id);
    numbers.push_back(number_in(event));
    return true;
  });
  CHECK(std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end());
  CHECK(std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) == numbers.end());
  std::size_t wrong = 0;
  for (const Acknowledged& batch : acknowledged) {
    for (std::uint64_t i = 0; i < batch.count; ++i) {
      const auto event = store.read(batch.first_id + i);
      if (!event || event->raw != test::message_of(batch.first_number + i)) ++wrong;
    }
  }
  CHECK(wrong == 0);
  std::size_t by_host = 0;
  for (std::uint64_t host = 0; host < 7; ++host) {
    const auto found = store.find_by_host(test::kHostKey + host, parsers::TimePoint::min(), parsers::TimePoint::max());
    for (const StoredEvent& event : found) wrong += number_in(event) % 7 != host;
    by_host += found.size();
  }
  CHECK(wrong == 0);
  CHECK(by_host == numbers.size());
  CHECK(store.stats().segments > 2);
}

TEST_CASE("store: a reader opens what a killed writer left, also beside a new writer") {
  TemporaryDirectory directory;
  StoreOptions options = small_options(directory);
  options.segment_bytes = 1 << 20;  // all in one segment
  const pid_t child = ::fork();
  if (child == 0) {
    EventStore store(options);
    store.append(numbered_batch(1, 500), at_second(0));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  options.read_only = true;
  EventStore reader(options);
  CHECK(reader.stats().events == 500);
  CHECK(reader.read(reader.last_id())->raw == test::message_of(500));
  CHECK(reader.verify().empty());
  options.read_only = false;
  EventStore writer(options);
  CHECK(writer.append(numbered_batch(501, 1), at_second(0)) == reader.last_id() + 1);
}

TEST_CASE("store: however far a write gets on a full disk, nothing of its batch is stored, and the next one goes on") {
  TemporaryDirectory directory;
  const StoreOptions options = small_options(directory);
  const pid_t child = ::fork();
  if (child == 0) {
    // A write past the limit fails as on a full disk. Every thing that is not as it should be has its own exit code.
    ::signal(SIGXFSZ, SIG_IGN);
    EventStore store(options);
    std::uint64_t stored = 30, refused = 0;
    store.append(numbered_batch(1, stored), at_second(0));
    for (int round = 0; round < 100; ++round) {
      // From no room behind the log of the open segment to more than enough, with the segment closed now and then.
      const auto log = std::filesystem::file_size(list_segments(options.directory).back().path + "-wal");
      const rlimit tight{log + static_cast<rlim_t>(round % 25) * 4000, RLIM_INFINITY};
      const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
      Batch batch = numbered_batch(stored + 1, 300);
      batch.sources = {{"input" + std::to_string(round), "192.0.2.1"}};
      ::setrlimit(RLIMIT_FSIZE, &tight);
      try {
        store.append(batch, at_second(1));
        stored += 300;
      } catch (const SqliteError&) {
        ++refused;
      }
      ::setrlimit(RLIMIT_FSIZE, &wide);
      if (store.stats().events != stored) ::_exit(10);
      if (!store.verify().empty()) ::_exit(11);
      const EventId id = store.append(numbered_batch(stored + 1, 1), at_second(2));
      if (store.read(id)->raw != test::message_of(++stored)) ::_exit(12);
    }
    if (refused < 10 || stored < 5000) ::_exit(13);
    if (!store.take_warnings().empty()) ::_exit(14);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  EventStore store(options);
  CHECK(store.verify() == std::vector<std::string>{});
  std::uint64_t next = 0;
  store.scan(0, [&](const StoredEvent& event) { return number_in(event) == ++next; });
  CHECK(next == store.stats().events);
}

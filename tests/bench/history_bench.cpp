// A month of history: is the rate still that of the first million, how long does opening take, and how long does it
// take to find everything about one host, URL or user in twelve hours of it?
//
//   history_bench MESSAGES [DIRECTORY]   (an existing store of that directory is taken as it is)
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/selection.h"
#include "storage/state.h"
#include "tests/bench/message_generator.h"

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint64_t kPool = 300'000, kBatch = 5'000, kMillion = 1'000'000;
constexpr auto kHistory = 30 * 24h, kWindow = 12h;
constexpr std::uint64_t kCompared = 5;  // of the last millions, with a new store
constexpr int kLookups = 200;
const parsers::TimePoint kBegin = parsers::from_micros(1'795'505'472'000'000);

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

std::vector<bench::GeneratedMessage> make_pool() {
  bench::MessageGenerator generator(1);
  std::vector<bench::GeneratedMessage> pool(kPool);
  for (bench::GeneratedMessage& message : pool) generator.next(kBegin, message);
  return pool;
}

void add(const bench::GeneratedMessage& message, parsers::TimePoint now, storage::Batch& batch) {
  storage::IndexEntry entry;
  entry.received = now;
  entry.time = std::chrono::floor<std::chrono::seconds>(now);
  entry.host_key = message.host_key;
  entry.user_key = message.user_key;
  entry.source_key = message.source_key;
  entry.destination_key = message.destination_key;
  entry.vendor = static_cast<parsers::Vendor>(1 + message.host_key % 4);
  entry.outcome = message.host_key % 20 == 0 ? parsers::Outcome::blocked : parsers::Outcome::allowed;
  entry.offset = static_cast<std::uint32_t>(batch.bytes.size());
  entry.length = static_cast<std::uint32_t>(message.text.size());
  batch.bytes += message.text;
  batch.entries.push_back(entry);
}

// Gives batches of a history of `total` messages, one behind the other.
class History {
 public:
  History(const std::vector<bench::GeneratedMessage>& pool, std::uint64_t total)
      : pool_(pool), step_(parsers::Duration(kHistory) / total) {}

  const storage::Batch& next() {
    batch_.clear();
    batch_.sources = {{"firewalls", "192.0.2.1"}};
    for (std::uint64_t i = 0; i < kBatch; ++i, ++done_) add(pool_[done_ % pool_.size()], now(), batch_);
    return batch_;
  }
  std::uint64_t done() const { return done_; }
  parsers::TimePoint now() const { return kBegin + step_ * done_; }

 private:
  const std::vector<bench::GeneratedMessage>& pool_;
  parsers::Duration step_;
  std::uint64_t done_ = 0;
  storage::Batch batch_;
};

// CPU time of the process.
double append(storage::EventStore& store, const storage::Batch& batch, parsers::TimePoint now) {
  const std::clock_t begin = std::clock();
  store.append(batch, now);
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// The last million of `history` into `old`, and each of its batches into a new store right after or before that: a
// machine that is faster now than half an hour ago would hide what the history costs.
void compare_with_new(storage::EventStore& old, const storage::StoreOptions& options, History& history) {
  storage::StoreOptions new_options = options;
  new_options.directory += "-new";
  std::filesystem::remove_all(new_options.directory);
  {
    storage::EventStore young(new_options);
    double old_seconds = 0, young_seconds = 0;
    for (std::uint64_t i = 0; i < kMillion / kBatch; ++i) {
      const storage::Batch& batch = history.next();
      if (i % 2 == 0) old_seconds += append(old, batch, history.now());
      young_seconds += append(young, batch, history.now());
      if (i % 2 == 1) old_seconds += append(old, batch, history.now());
    }
    std::printf("CPU of a million         %.2f s at %llu million, %.2f s in a new store, in turns: rate %.3f of its\n",
                old_seconds, static_cast<unsigned long long>(history.done() / kMillion), young_seconds,
                young_seconds / old_seconds);
  }
  std::filesystem::remove_all(new_options.directory);
}

void fill(const storage::StoreOptions& options, const std::vector<bench::GeneratedMessage>& pool, std::uint64_t total) {
  storage::EventStore store(options);
  History history(pool, total);
  const std::uint64_t compared = std::min(total / kMillion, kCompared) * kMillion;
  while (history.done() < total - compared) append(store, history.next(), history.now());
  while (history.done() < total) compare_with_new(store, options, history);
  // As a sensor leaves it: a start would else catch up with the correlation of all of it.
  storage::State(options.directory + "/state.db", storage::State::Mode::read_write)
      .set_cursor("correlate.events", std::to_string(store.last_id()));
}

void print_times(const char* what, std::vector<double> times, std::uint64_t found) {
  std::ranges::sort(times);
  std::printf("%-24s median %.1f ms, 95 of 100 in %.1f ms, %.1f messages each\n", what, times[times.size() / 2] * 1e3,
              times[times.size() * 95 / 100] * 1e3, static_cast<double>(found) / static_cast<double>(times.size()));
}

// Lookups of what `choose` picks, each in a window of its own.
template <class Choose>
void look_up(storage::EventStore& store, const char* what, Choose choose) {
  std::vector<double> times;
  std::uint64_t found = 0;
  for (int i = 0; i < kLookups; ++i) {
    storage::Selection selection;
    selection.from = kBegin + (kHistory - kWindow) / kLookups * i;
    selection.to = selection.from + kWindow;
    choose(i, selection);
    const auto begin = Clock::now();
    store.scan_blocks(selection, [&](const storage::BlockView& block) {
      found += block.chosen.size();
      return true;
    });
    times.push_back(seconds_since(begin));
  }
  print_times(what, std::move(times), found);
}

void measure_lookups(storage::EventStore& store, const std::vector<bench::GeneratedMessage>& pool) {
  std::vector<std::uint64_t> hosts;
  for (const bench::GeneratedMessage& message : pool) hosts.push_back(message.host_key);
  std::ranges::sort(hosts);
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  look_up(store, "any host", [&](int i, storage::Selection& selection) {
    selection.host_key = hosts[static_cast<std::size_t>(i) * 7919 % hosts.size()];
  });
  look_up(store, "host of any message", [&](int i, storage::Selection& selection) {
    selection.host_key = pool[static_cast<std::size_t>(i) * 7919 % pool.size()].host_key;
  });
  look_up(store, "host that is not there", [&](int i, storage::Selection& selection) {
    selection.host_key = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ull >> 16;
  });
  look_up(store, "blocks of a rare address", [&](int i, storage::Selection& selection) {
    selection.block_keys = {static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ull >> 16};
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t total = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10 * kMillion;
  storage::StoreOptions options;
  options.directory =
      argc > 2 ? argv[2] : (std::filesystem::temp_directory_path() / "lurewatch-history-bench").string();
  options.quota_bytes = UINT64_MAX;
  options.retention = std::chrono::hours(24 * 3650);
  const auto pool = make_pool();
  if (!std::filesystem::exists(options.directory + "/segments")) fill(options, pool, total);
  const auto begin = Clock::now();
  storage::EventStore store(options);
  std::printf("open to write            %.3f s, %llu segments\n", seconds_since(begin),
              static_cast<unsigned long long>(store.stats().segments));
  const auto stats = store.stats();
  std::printf("messages                 %llu, %.4f bytes on disk a raw byte\n",
              static_cast<unsigned long long>(stats.events),
              static_cast<double>(stats.bytes_on_disk) / static_cast<double>(stats.raw_bytes));
  measure_lookups(store, pool);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak RSS                 %ld MiB, of it the pool of messages\n", usage.ru_maxrss / 1024);
}

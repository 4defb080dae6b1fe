// Appends generated messages to an event store and prints rate, CPU time and size on disk. Only append() is timed.
//
//   store_bench [messages] [messages a batch] [directory] [block KiB] [all|host]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include "storage/event_store.h"
#include "tests/bench/message_generator.h"

namespace {

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Timing {
  double wall = 0, cpu = 0;
  std::uint64_t messages = 0;
  void add(double more_wall, double more_cpu, std::uint64_t more_messages) {
    wall += more_wall;
    cpu += more_cpu;
    messages += more_messages;
  }
  double rate() const { return wall > 0 ? static_cast<double>(messages) / wall : 0; }
};

void fill(bench::MessageGenerator& generator, parsers::TimePoint& now, std::uint64_t count, storage::Batch& batch) {
  static bench::GeneratedMessage message;
  batch.clear();
  for (int peer = 0; peer < 4; ++peer) batch.sources.push_back({"firewall", "192.0.2." + std::to_string(peer)});
  for (std::uint64_t i = 0; i < count; ++i) {
    now += std::chrono::microseconds(i % 64 == 0 ? 200 : 0);  // messages of one read share a time
    generator.next(now, message);
    storage::IndexEntry entry;
    entry.time = message.time;
    entry.received = now;
    entry.host_key = message.host_key;
    entry.user_key = message.user_key;
    entry.source_key = message.source_key;
    entry.destination_key = message.destination_key;
    entry.vendor = static_cast<parsers::Vendor>(1 + message.host_key % 4);
    entry.outcome = message.host_key % 20 == 0 ? parsers::Outcome::blocked : parsers::Outcome::allowed;
    entry.source = static_cast<std::uint16_t>(message.user_key % 4);
    entry.offset = static_cast<std::uint32_t>(batch.bytes.size());
    entry.length = static_cast<std::uint32_t>(message.text.size());
    batch.bytes += message.text;
    batch.entries.push_back(entry);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t total = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::uint64_t batch_count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 5'000;
  storage::StoreOptions options;
  options.directory = argc > 3 ? argv[3] : (std::filesystem::temp_directory_path() / "lurewatch-store-bench").string();
  if (argc > 4) options.block_bytes = std::strtoull(argv[4], nullptr, 10) * 1024;
  std::filesystem::remove_all(options.directory);

  bench::MessageGenerator generator(1);
  parsers::TimePoint now = parsers::from_micros(1'795'505'472'000'000);
  storage::Batch batch;
  std::uint64_t last_host = 0;
  Timing all, first_tenth, last_tenth;
  double worst = 0;
  {
    storage::EventStore store(options);
    for (std::uint64_t done = 0; done < total; done += batch_count) {
      fill(generator, now, std::min(batch_count, total - done), batch);
      last_host = batch.entries.back().host_key;
      const double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
      store.append(batch, now);
      const double wall_taken = seconds_of(CLOCK_MONOTONIC) - wall;
      const double cpu_taken = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
      worst = std::max(worst, wall_taken);
      const bool is_first = done < total / 10, is_last = done >= total - total / 10;
      all.add(wall_taken, cpu_taken, batch.entries.size());
      if (is_first) first_tenth.add(wall_taken, cpu_taken, batch.entries.size());
      if (is_last) last_tenth.add(wall_taken, cpu_taken, batch.entries.size());
    }
    const double before = seconds_of(CLOCK_MONOTONIC);
    const auto found = store.find_by_host(last_host, parsers::TimePoint::min(), parsers::TimePoint::max()).size();
    std::printf("find_by_host             %.1f ms for %zu messages\n", (seconds_of(CLOCK_MONOTONIC) - before) * 1e3,
                found);
    std::uint64_t scanned = 0;
    const double scan_start = seconds_of(CLOCK_MONOTONIC);
    store.scan(0, [&](const storage::StoredEvent&) { return ++scanned != 0; });
    std::printf("scan                     %.0f entries/s\n",
                static_cast<double>(scanned) / (seconds_of(CLOCK_MONOTONIC) - scan_start));
    std::printf("bytes on disk while open %.4f per raw byte\n",
                static_cast<double>(store.stats().bytes_on_disk) / static_cast<double>(store.stats().raw_bytes));
  }
  options.read_only = true;
  const auto stats = storage::EventStore(options).stats();
  const auto million = [&](double seconds) { return seconds * 1e6 / static_cast<double>(total); };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("messages                 %llu of %.0f bytes, %llu a batch, blocks of %zu KiB\n",
              static_cast<unsigned long long>(total), static_cast<double>(stats.raw_bytes) / static_cast<double>(total),
              static_cast<unsigned long long>(batch_count), options.block_bytes / 1024);
  std::printf("messages/s committed     %.0f\n", all.rate());
  std::printf("CPU-seconds a million    %.2f\n", million(all.cpu));
  std::printf("bytes on disk, closed    %.4f per raw byte, %.1f a message\n",
              static_cast<double>(stats.bytes_on_disk) / static_cast<double>(stats.raw_bytes),
              static_cast<double>(stats.bytes_on_disk) / static_cast<double>(total));
  std::printf("last tenth / first tenth %.2f\n", last_tenth.rate() / first_tenth.rate());
  std::printf("slowest append           %.0f ms\n", worst * 1e3);
  std::printf("peak RSS                 %ld MiB\n", usage.ru_maxrss / 1024);
}

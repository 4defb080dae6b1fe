// What many URLs under watch cost the ingest: the same messages go, in turns, through a sensor that watches nothing and
// through one whose alerts hold the URLs.
//
//   watch_bench [URLs] [rounds] [messages a round] [directory]
//
// Of a hundred messages ten go to hosts of everybody's pages that have watched pages on them; in every second round
// somebody clicks on a lure, is judged and followed. CPU-seconds of the one thread, median of the rounds.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sensor/runtime/clock.h"
#include "tests/bench/bench_sensor.h"
#include "tests/bench/message_generator.h"
#include "tests/bench/watched_urls.h"

namespace {

constexpr std::uint64_t kSharedEvery = 10;

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4096 / (1 << 20);
}

double take(bench::BenchSensor& sensor, const std::vector<std::string>& messages) {
  const double before = bench::cpu_seconds();
  const parsers::TimePoint received = runtime::now();
  for (const std::string& message : messages) sensor.take(message, received);
  sensor.flush();
  return bench::cpu_seconds() - before;
}

// The host of a generated message, which stands in its URL and elsewhere, becomes another.
void lead_to(std::string& message, const std::string& host) {
  parsers::Normalised read;
  const parsers::IdentityMap identity;
  parsers::normalise(message, {runtime::now(), cctz::utc_time_zone(), &identity}, read);
  if (!read.has_event || !read.event.has_url) return;
  const std::string& old = read.event.url.host;
  for (auto at = message.find(old); at != message.npos; at = message.find(old, at + host.size()))
    message.replace(at, old.size(), host);
}

void make(bench::MessageGenerator& generator, std::uint64_t count, bool has_click, std::uint64_t round,
          std::vector<std::string>& messages) {
  messages.clear();
  bench::GeneratedMessage made;
  const parsers::TimePoint now = runtime::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    generator.next(now, made);
    if (i % kSharedEvery == 0)
      lead_to(made.text, fmt::format("tenant{}.sharepoint.com", (2 * (i / kSharedEvery) + 1) % bench::kSharedSites));
    if (has_click && i == 1) lead_to(made.text, fmt::format("login.lure{}.example", 2 * round));
    messages.push_back(std::move(made.text));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::uint64_t fallback) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : fallback;
  };
  const std::uint64_t urls = number(1, 1'000'000), rounds = std::max<std::uint64_t>(number(2, 15), 3),
                      count = number(3, 100'000);
  const std::filesystem::path directory =
      argc > 4 ? argv[4] : std::filesystem::temp_directory_path() / "lurewatch-watch-bench";
  std::filesystem::remove_all(directory);

  bench::BenchSensor bare(directory / "bare"), watching(directory / "watching");
  const double memory = resident_mib(), before = bench::cpu_seconds();
  bench::watch_urls(watching.pipeline(), urls, runtime::now());
  std::printf("URLs under watch       %llu, taken in with %.0f CPU-seconds and %.0f MiB\n",
              static_cast<unsigned long long>(urls), bench::cpu_seconds() - before, resident_mib() - memory);

  bench::MessageGenerator generator(1);
  std::vector<std::string> messages;
  std::vector<double> without, with, ratios, ratios_of_click;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const bool has_click = round % 4 >= 2;
    make(generator, count, has_click, round, messages);
    if (round % 2 == 0) without.push_back(take(bare, messages));
    with.push_back(take(watching, messages));
    if (round % 2 == 1) without.push_back(take(bare, messages));
    (has_click ? ratios_of_click : ratios).push_back(with.back() / without.back());
  }
  const auto rate = [&](const std::vector<double>& seconds) {
    return static_cast<double>(count) / bench::median(seconds);
  };
  std::printf("messages/CPU-second    %.0f without, %.0f with\n", rate(without), rate(with));
  std::printf("clicks on lures        %llu\n",
              static_cast<unsigned long long>(watching.pipeline().state().counts().clicks));
  std::printf("with / without         %.3f CPU-time; %.3f where somebody clicks on a lure; medians of %llu rounds\n",
              bench::median(ratios), bench::median(ratios_of_click), static_cast<unsigned long long>(rounds));
  std::filesystem::remove_all(directory);
}

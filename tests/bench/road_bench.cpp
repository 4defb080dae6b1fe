// The road of an event from bytes to committed, without sockets: frame, header, CEF, normalise, store, correlate.
//
//   road_bench [messages] [directory] [URLs under watch]
#include <ctime>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "parsers/frame.h"
#include "sensor/ingest/intake.h"
#include "sensor/pipeline.h"
#include "sensor/runtime/clock.h"
#include "tests/bench/message_generator.h"

namespace {

constexpr std::size_t kChunkMessages = 10'000;

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Alerts of a hundred URLs each, on as many hosts.
void watch_urls(sensor::Pipeline& pipeline, std::uint64_t urls) {
  constexpr std::uint64_t kUrlsPerAlert = 100, kAlertsAtOnce = 500;
  const parsers::TimePoint now = runtime::now();
  for (std::uint64_t made = 0; made < urls;) {
    graph::FeedBatch batch;
    for (std::uint64_t i = 0; i < kAlertsAtOnce && made < urls; ++i) {
      parsers::Alert alert;
      alert.id = "alert-" + std::to_string(made);
      alert.title = "A potentially malicious URL click was detected";
      alert.created = alert.last_update = alert.first_activity = alert.last_activity = now;
      for (std::uint64_t k = 0; k < kUrlsPerAlert && made < urls; ++k, ++made)
        alert.urls.push_back("https://host" + std::to_string(made) + ".lure.example/open?id=" + std::to_string(made));
      std::string evidence;
      for (const std::string& url : alert.urls)
        evidence += std::string(evidence.empty() ? "" : ",") +
                    R"({"@odata.type":"#microsoft.graph.security.urlEvidence","url":")" + url + R"("})";
      alert.raw = R"({"id":")" + alert.id + R"(","title":")" + alert.title + R"(","createdDateTime":")" +
                  parsers::format_rfc3339(now) + R"(","evidence":[)" + evidence + "]}";
      batch.alerts.push_back(std::move(alert));
    }
    pipeline.store(batch);
    pipeline.correlate(now);
  }
  std::printf("URLs under watch     %llu\n", static_cast<unsigned long long>(urls));
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t messages = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::filesystem::path directory =
      argc > 2 ? argv[2] : std::filesystem::temp_directory_path() / "lurewatch-road-bench";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);

  config::Config config;
  config.storage.directory = directory;
  const parsers::IdentityMap identity;
  sensor::Pipeline pipeline(config, identity);
  ingest::Input input{config::Listen{}};
  ingest::Intake intake(identity, [&](storage::Batch& batch) {
    pipeline.store(batch, runtime::now());
    pipeline.correlate(runtime::now());
    batch.clear();
    return true;
  });

  if (argc > 3) watch_urls(pipeline, std::strtoull(argv[3], nullptr, 10));

  bench::MessageGenerator generator(1);
  bench::GeneratedMessage generated;
  parsers::Framer framer(64 * 1024);
  std::string chunk;
  double cpu = 0, wall = 0;
  for (std::uint64_t made = 0; made < messages;) {
    chunk.clear();
    const parsers::TimePoint received = runtime::now();
    for (std::size_t i = 0; i < kChunkMessages && made < messages; ++i, ++made) {
      generator.next(received, generated);
      chunk += generated.text;
      chunk += '\n';
    }
    const double cpu_before = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall_before = seconds_of(CLOCK_MONOTONIC);
    for (std::string_view rest = chunk; intake.has_room();) {
      const parsers::FrameResult frame = framer.next(rest);
      if (frame.kind == parsers::FrameResult::Kind::need_more) break;
      if (frame.kind == parsers::FrameResult::Kind::message) intake.take(input, "192.0.2.1", frame.message, received);
      rest.remove_prefix(frame.consumed);
    }
    intake.flush();
    cpu += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
    wall += seconds_of(CLOCK_MONOTONIC) - wall_before;
  }

  const storage::StoreStats stats = pipeline.events().stats();
  const auto count = static_cast<double>(stats.events);
  std::printf("messages             %llu (%llu parsed)\n", static_cast<unsigned long long>(stats.events),
              static_cast<unsigned long long>(input.stats.parsed.load()));
  std::printf("messages/CPU-second  %.0f\n", count / cpu);
  std::printf("CPU-s a million      %.2f\n", cpu / count * 1e6);
  std::printf("messages/s           %.0f (one thread)\n", count / wall);
  std::printf("bytes a raw byte     %.3f\n",
              static_cast<double>(stats.bytes_on_disk) / static_cast<double>(stats.raw_bytes));
  std::filesystem::remove_all(directory);
}

// What benchmarks of the whole road share: a pipeline that takes messages on one thread, and its clock.
#pragma once

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/ingest/intake.h"
#include "sensor/pipeline.h"

namespace bench {

inline double cpu_seconds() {  // of this thread
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

inline double median(std::vector<double> values) {  // not empty
  std::ranges::sort(values);
  return values[values.size() / 2];
}

class BenchSensor {
 public:
  explicit BenchSensor(const std::filesystem::path& directory)
      : config_(config_in(directory)), pipeline_(config_, identity_), intake_(identity_, [this](storage::Batch& batch) {
          pipeline_.store(batch, now_);
          pipeline_.correlate(now_);
          batch.clear();
          return true;
        }) {}

  sensor::Pipeline& pipeline() { return pipeline_; }
  void take(std::string_view message, parsers::TimePoint received) {
    now_ = received;
    if (intake_.has_room()) intake_.take(input_, "192.0.2.1", message, received);
  }
  void flush() { intake_.flush(); }

 private:
  static config::Config config_in(const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    config::Config config;
    config.storage.directory = directory;
    return config;
  }

  const config::Config config_;
  const parsers::IdentityMap identity_;
  parsers::TimePoint now_{};
  sensor::Pipeline pipeline_;
  ingest::Input input_{config::Listen{}};
  ingest::Intake intake_;
};

}  // namespace bench

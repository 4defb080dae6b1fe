// Recorded input on the same road as live input: files of syslog messages, and Graph's JSON pages. Nothing depends on
// the present time, so the same input gives the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sensor/config/config.h"
#include "sensor/seed_mode.h"

namespace sensor {

struct ReplayInput {
  std::vector<std::string> message_files;  // lines, octet-counted, or a capture: pcap, pcapng
  std::vector<std::string> alert_files, sign_in_files;
  enum class Mode { normalised, seed_exact } mode = Mode::normalised;
  SeedRuns seed_runs = SeedRuns::daily;
  cctz::time_zone zone = cctz::utc_time_zone();
  std::string filter = config::kDefaultFilter;  // of captures
};

struct ReplayResult {
  std::uint64_t received = 0, parsed = 0, quarantined = 0, alerts = 0, sign_ins = 0, rejected_records = 0;
  std::vector<std::string> findings;  // lines of alerts.jsonl, by (first_seen, id)
  std::vector<std::string> rows;      // of the published rule, in mode seed_exact
  std::vector<std::string> notes;     // a sentence for each thing about the input that somebody should know
};

// Works in a store of its own under the system's folder for temporary files, gone when it returns. Throws
// std::runtime_error naming the file that can't be read.
ReplayResult replay(const config::Config& config, const ReplayInput& input);

}  // namespace sensor

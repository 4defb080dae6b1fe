// One input of the configuration, with its counters.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "sensor/config/config.h"
#include "sensor/ingest/reasons.h"

namespace ingest {

// Written by the thread that serves the input, read by `status`. received = parsed + quarantined + dropped at any quiet
// moment; messages of peers that [[listen]] allow refuses count as `refused` alone.
struct InputStats {
  std::atomic<std::uint64_t> received{0}, parsed{0}, quarantined{0}, dropped{0}, refused{0};
  std::array<std::atomic<std::uint64_t>, 5> events{};  // parsed messages by parsers::Vendor; 0: columns only
  std::array<std::atomic<std::uint64_t>, 5> native{};  // messages in a device's own format, by parsers::Vendor
  std::array<std::atomic<std::uint64_t>, kReasons.size()> reasons{};  // quarantined messages by ingest::kReasons
  std::atomic<std::uint64_t> not_kept{0};          // quarantined messages beyond the bound: counted, not stored
  std::atomic<std::int64_t> last_event_micros{0};  // time received of the newest message; 0: none yet
  std::atomic<std::int64_t> clock_skew_ms{0};      // smoothed: time received minus device time
};

struct Input {
  explicit Input(config::Listen settings) : config(std::move(settings)) {}
  config::Listen config;
  InputStats stats;
};

}  // namespace ingest

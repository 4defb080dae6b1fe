// The published rule over stored facts: what `replay --mode seed-exact` and `hunt --mode seed-exact` print.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sensor/seed_source.h"

namespace sensor {

// daily: as Sentinel schedules it, a run for each UTC day, five minutes after its end. once: one run over the scope.
enum class SeedRuns { daily, once };

struct SeedResult {
  std::vector<std::string> findings;  // lines in the shape of alerts.jsonl, by (run, user, url, ip)
  std::vector<std::string> rows;      // the rule's rows, 34 columns each
  std::size_t runs = 0;
};

// `now`: a daily run after it has not happened yet.
SeedResult run_seed_exact(storage::EventStore& events, storage::State& state, Deriver& deriver, const SeedScope& scope,
                          SeedRuns runs, parsers::TimePoint now);

}  // namespace sensor

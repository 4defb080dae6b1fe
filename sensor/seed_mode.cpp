#include "sensor/seed_mode.h"

#include <algorithm>
#include <iterator>

#include "sensor/findings/seed_line.h"

namespace sensor {
namespace {

namespace seed = correlate::seed;

// One run over everything has no time of its own: that of the newest row it read.
parsers::TimePoint newest(const seed::Tables& tables) {
  parsers::TimePoint latest{};
  for (const auto& row : tables.alerts) latest = std::max(latest, row.time_generated);
  for (const auto& row : tables.events) latest = std::max(latest, row.time_generated);
  for (const auto& row : tables.sign_ins) latest = std::max(latest, row.time_generated);
  return latest;
}

}  // namespace

SeedResult run_seed_exact(storage::EventStore& events, storage::State& state, Deriver& deriver, const SeedScope& scope,
                          SeedRuns runs, parsers::TimePoint now) {
  const SeedInput input = read_seed_input(events, state, deriver, scope);
  std::vector<findings::SeedEvent> details;
  for (const SeedEventDetail& detail : input.details)
    details.push_back({detail.input, detail.raw, detail.vendor, detail.outcome});
  std::vector<seed::Run> all;
  if (runs == SeedRuns::daily)
    all = seed::run_daily(input.tables, now);
  else
    all.push_back(seed::run(input.tables, scope.since, scope.until, parsers::TimePoint::max()));
  SeedResult result;
  result.runs = all.size();
  for (const seed::Run& run : all) {
    const auto time = runs == SeedRuns::daily ? run.executed : newest(input.tables);
    auto lines = findings::seed_finding_lines(input.tables, run, details, time);
    std::move(lines.begin(), lines.end(), std::back_inserter(result.findings));
    for (const seed::Row& row : run.rows) result.rows.push_back(findings::seed_row_line(input.tables, run, row));
  }
  return result;
}

}  // namespace sensor

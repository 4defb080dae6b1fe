// Results of the published rule as lines: the rule's own rows, and findings of mode `seed-exact` in the shape of
// contract/finding.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sensor/correlate/seed_exact.h"

namespace findings {

// What a finding tells of an event beside the rule's columns; by the same index as the table of events.
struct SeedEvent {
  std::string_view input, raw, vendor, outcome;
};

// The 34 columns in the rule's order as one JSON object. A number column without a value is null, a text column "".
std::string seed_row_line(const correlate::seed::Tables& tables, const correlate::seed::Run& run,
                          const correlate::seed::Row& row);

// One finding for each user, URL and address of a run; severity, tactic, technique and entities as the rule has them.
// The rule knows no degrees of certainty: confidence is always 0.50. Lines of at most kMaxLineBytes, by (user, url,
// ip).
std::vector<std::string> seed_finding_lines(const correlate::seed::Tables& tables, const correlate::seed::Run& run,
                                            const std::vector<SeedEvent>& events, parsers::TimePoint time);

}  // namespace findings

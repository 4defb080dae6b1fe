// A finding as the line of alerts.jsonl: contract/finding.md, key by key.
#pragma once

#include <cstdint>
#include <string>

#include "parsers/time.h"
#include "sensor/correlate/finding.h"
#include "sensor/findings/json_writer.h"

namespace findings {

// One line without LF; valid UTF-8 whatever the evidence holds (bytes that are none become U+FFFD); at most
// kMaxLineBytes, reached by shortening raw messages first and then the evidence lists.
std::string to_json_line(const correlate::Finding& finding, std::int64_t revision, parsers::TimePoint time);

// Forwarders cut at 64 KiB (Wazuh) or less; see packaging/forwarders.
inline constexpr std::size_t kMaxLineBytes = 60 * 1024;
inline constexpr std::size_t kMaxEvidencePerKind = correlate::kToldPerKind;

// The line that `write` makes of the first measure that keeps it within kMaxLineBytes; of the last one where none does.
// Measures go from the most telling to the shortest.
template <class Measures, class Write>
std::string first_that_fits(const Measures& measures, Write write) {
  std::string line;
  for (const auto& measure : measures) {
    line = write(measure);
    if (line.size() <= kMaxLineBytes) break;
  }
  return line;
}

// How many rows a list of the evidence has left out when `shown` of each kind are told.
struct LeftOut {
  std::size_t alerts, events, sign_ins;  // all that there are
  std::size_t shown;

  void write(JsonWriter& json) const;  // "evidence_truncated"; nothing when nothing is left out
};

}  // namespace findings

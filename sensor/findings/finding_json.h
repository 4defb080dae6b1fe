// A finding as the line of alerts.jsonl: contract/finding.md, key by key.
#pragma once

#include <cstdint>
#include <string>

#include "parsers/time.h"
#include "sensor/correlate/finding.h"

namespace findings {

// One line without LF; valid UTF-8 whatever the evidence holds (bytes that are none become U+FFFD); at most
// kMaxLineBytes, reached by shortening raw messages first and then the evidence lists.
std::string to_json_line(const correlate::Finding& finding, std::int64_t revision, parsers::TimePoint time);

// Forwarders cut at 64 KiB (Wazuh) or less; see packaging/forwarders.
inline constexpr std::size_t kMaxLineBytes = 60 * 1024;
inline constexpr std::size_t kMaxEvidencePerKind = correlate::kToldPerKind;

}  // namespace findings

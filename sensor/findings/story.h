// A written finding (a line of alerts.jsonl, as stored) told for a terminal: plain text in which nothing from outside
// can move the cursor or begin a line.
#pragma once

#include <string>
#include <string_view>

namespace findings {

// Title, confidence with its reasons, then all evidence in the order of time with its raw messages. Ends with LF. What
// a line lacks is left out; text that is no JSON object gives one sentence that says so.
std::string tell(std::string_view finding_line);

// The beginning of it: title, confidence, description and reasons. Ends with LF.
std::string verdict(std::string_view finding_line);

// For lists, without LF: time, severity, confidence, user, host, ip, id.
std::string one_line(std::string_view finding_line);

}  // namespace findings

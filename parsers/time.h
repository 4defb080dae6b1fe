// Times as Lurewatch keeps them: microseconds since 1970-01-01 UTC, and RFC 3339 as text.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/result.h"

namespace parsers {

using Duration = std::chrono::microseconds;
using TimePoint = std::chrono::sys_time<Duration>;

constexpr TimePoint from_micros(std::int64_t micros) { return TimePoint{Duration{micros}}; }
constexpr std::int64_t to_micros(TimePoint time) { return time.time_since_epoch().count(); }

// RFC 3339 in UTC with milliseconds, "2026-11-24T07:31:12.000Z"; years 0000 to 9999.
std::string format_rfc3339(TimePoint time);

// RFC 3339 with any number of fraction digits (0 to 9 used), 'T' or blank, 'Z' or ±hh:mm; digits past microseconds
// are cut. Graph writes 0 to 7 of them.
Result<TimePoint> parse_rfc3339(std::string_view text);

}  // namespace parsers

// Device times in the spellings that the four vendors send.
//
//   "Mar 01 2021 20:48:21[.fff][ GMT|UTC|+hh:mm]"  "Oct 16 22:55:48" (no year)  "2024/01/02 03:04:05"
//   "2024-05-08T01:10:31.496-07:00"  "2024-05-08 01:10:31"  "Mar 03 2021:20:07:54 UTC"  "Thu Jan  1 00:00:00 1970"
//   epoch seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude (years 2001 to 2286)
#pragma once

#include <cctz/time_zone.h>

#include <optional>
#include <string_view>

#include "parsers/flags.h"
#include "parsers/result.h"
#include "parsers/time.h"

namespace parsers {

// Nothing for literal template text ("$cefformatted-time_generated"), "N/A" and the like.
// A missing year is the latest one that does not put the time more than 30 days after `received`: a clock may be wrong,
// a file of last year's may be read (Flag::time_without_year). Without a zone in the text `zone` applies
// (Flag::time_without_zone).
std::optional<TimePoint> parse_device_time(std::string_view text, TimePoint received, const cctz::time_zone& zone,
                                           Flags& flags);

// An IANA name or ±hh:mm, as the `timezone` key of an input takes it. Loads zone data from the system the first time a
// name is used; for start-up, not for the hot path.
Result<cctz::time_zone> load_zone(std::string_view name);

}  // namespace parsers

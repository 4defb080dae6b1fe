// A date and time at the start of a text, in any spelling that devices use; shared by the syslog header and the CEF
// time keys. Pure scanning: what is missing (year, zone) is settled by resolve_time().
//
//   scan_iso_time   yyyy-mm-dd ("T" / SP) hh:mm[:ss[.f]] [zone]      also with "/" between the parts of the date
//   scan_time       the above, or [weekday] Mmm d[d] [yyyy] hh:mm[:ss[.f]] [yyyy] [zone], or yyyy Mmm d[d] hh:mm:ss,
//                   or d[d] Mmm yyyy hh:mm:ss; ":" may join the year and the hour
//                   a year behind the zone: "Nov  5 00:00:00 UTC 2020"
//   zone            "Z" / "UTC" / "GMT" / ±hh[[:]mm] / a word of the table, after at most one blank;
//                   "GMT" or "UTC" with an offset behind it, as Java writes it: "GMT+02:00", "UTC+2"
#pragma once

#include <cctz/time_zone.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "parsers/flags.h"
#include "parsers/time.h"

namespace parsers {

struct TimeText {
  int year = 0;  // 0: not in the text
  int month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int micros = 0;
  std::optional<std::chrono::seconds> offset;  // east of UTC; empty when the text names no zone
  std::size_t length = 0;                      // bytes of the text that belong to the time
};

std::optional<TimeText> scan_iso_time(std::string_view text);
std::optional<TimeText> scan_time(std::string_view text);
// "Mmm dd hh:mm:ss" with a blank for the day's first digit or without; `text` has those 15 bytes. Fills in the date and
// the time of day; what follows is not looked at.
bool scan_bsd_time(std::string_view text, TimeText& out);

// The offset east of UTC that all of `text` names in the spellings above.
std::optional<std::chrono::seconds> scan_zone_name(std::string_view text);

// The length of what has the shape of a time at the start of `text`, as "Mmm d[d] [yyyy] hh:mm[:ss]" or
// "yyyy-mm-dd(T|SP)hh:mm[:ss][.f][zone]", whatever its numbers say ("Jun 31 24:10:31"); 0 when there is none.
std::size_t time_shape_length(std::string_view text);

// The instant of a complete TimeText (year set) read as if its zone were UTC.
TimePoint utc_time(const TimeText& time);

// Puts in a year (parsers/timestamp.h says which) and `zone` where they are missing, and flags both. Empty when neither
// that year nor the one before has the day (29 February).
std::optional<TimePoint> resolve_time(const TimeText& time, TimePoint received, const cctz::time_zone& zone,
                                      Flags& flags);

// 1 to 12 for a month's name or abbreviation at the start of `text` (English, French, German, Spanish; case does not
// matter), with its length; 0 when there is none.
int scan_month(std::string_view text, std::size_t& length);

}  // namespace parsers

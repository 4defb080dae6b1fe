#include "parsers/time.h"

#include <algorithm>
#include <array>

#include "parsers/time_text.h"

namespace parsers {
namespace {

void put_digits(char* at, int width, std::int64_t value) {
  for (int i = width - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

constexpr TimePoint kFirst = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr TimePoint kLast = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} - Duration{1};

}  // namespace

std::string format_rfc3339(TimePoint time) {
  const TimePoint clamped = std::clamp(time, kFirst, kLast);
  const auto day = std::chrono::floor<std::chrono::days>(clamped);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(clamped - day)};
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(text.data(), 4, static_cast<int>(date.year()));
  put_digits(text.data() + 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text.data() + 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text.data() + 11, 2, clock.hours().count());
  put_digits(text.data() + 14, 2, clock.minutes().count());
  put_digits(text.data() + 17, 2, clock.seconds().count());
  put_digits(text.data() + 20, 3, clock.subseconds().count());
  return text;
}

Result<TimePoint> parse_rfc3339(std::string_view text) {
  const auto found = scan_iso_time(text);
  if (!found) return Error{"bad_time", 0, "not a date and time as RFC 3339 writes them"};
  if (found->length != text.size()) return Error{"bad_time", found->length, "text after the time"};
  if (!found->offset) return Error{"bad_time", found->length, "the time names no zone"};
  return utc_time(*found) - *found->offset;
}

}  // namespace parsers

// Days and years by table, for the times that every message holds; of years outside the table by <chrono>.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "parsers/time.h"

namespace parsers::calendar {

// The first days of the years in which nearly all messages were written, as days since 1970.
inline constexpr int kFirstYear = 1970, kYears = 200;
inline constexpr auto kYearStarts = [] {
  std::array<std::int32_t, kYears + 1> starts{};
  for (int i = 0; i <= kYears; ++i) {
    starts[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(
        std::chrono::sys_days{std::chrono::year{kFirstYear + i} / 1 / 1}.time_since_epoch().count());
  }
  return starts;
}();
inline constexpr std::array<std::int16_t, 13> kDaysBeforeMonth = {0,   0,   31,  59,  90,  120, 151,
                                                                  181, 212, 243, 273, 304, 334};

// Days since 1970 of a date that exists.
inline std::int64_t day_number(int year, int month, int day) {
  const auto index = static_cast<std::size_t>(year - kFirstYear);
  if (index >= kYears) {
    return std::chrono::sys_days{std::chrono::year{year} / month / day}.time_since_epoch().count();
  }
  const bool is_past_leap_day = month > 2 && kYearStarts[index + 1] - kYearStarts[index] == 366;
  return kYearStarts[index] + kDaysBeforeMonth[static_cast<std::size_t>(month)] + (is_past_leap_day ? 1 : 0) + day - 1;
}

// The year of a time in UTC.
inline int year_of(TimePoint time) {
  const std::int64_t day = std::chrono::floor<std::chrono::days>(time.time_since_epoch()).count();
  const std::int64_t guess = day / 366;  // short by no more than one in these years
  if (day < 0 || guess + 1 >= kYears) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    return static_cast<int>(date.year());
  }
  return kFirstYear + static_cast<int>(guess) + (day >= kYearStarts[static_cast<std::size_t>(guess) + 1] ? 1 : 0);
}

}  // namespace parsers::calendar

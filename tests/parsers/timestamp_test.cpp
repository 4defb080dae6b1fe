#include "parsers/timestamp.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string_view>

using namespace parsers;

namespace {

TimePoint at(std::string_view rfc3339) { return *parse_rfc3339(rfc3339); }

std::string read(std::string_view text, std::string_view received, const cctz::time_zone& zone, Flags& flags) {
  const auto time = parse_device_time(text, at(received), zone, flags);
  return time ? format_rfc3339(*time) : "no time";
}

}  // namespace

TEST_CASE("timestamp: every spelling that a device sends is read") {
  struct Row {
    std::string_view text;
    std::string_view expected;
  };
  constexpr Row kRows[] = {
      {"Mar 01 2021 20:48:21", "2021-03-01T20:48:21.000Z"},
      {"Mar 01 2021 20:48:21.250", "2021-03-01T20:48:21.250Z"},
      {"Mar 01 2021 20:48:21 GMT", "2021-03-01T20:48:21.000Z"},
      {"Mar 01 2021 20:48:21 UTC", "2021-03-01T20:48:21.000Z"},
      {"Mar 01 2021 20:48:21 GMT+02:00", "2021-03-01T18:48:21.000Z"},
      {"Mar 01 2021 20:48:21 UTC+2", "2021-03-01T18:48:21.000Z"},
      {"Mar 01 2021 20:48:21.123 GMT-0430", "2021-03-02T01:18:21.123Z"},
      {"Mar 01 2021 20:48:21.250 +02:00", "2021-03-01T18:48:21.250Z"},
      {"Mar 01 2021 20:48:21 -0730", "2021-03-02T04:18:21.000Z"},
      {"Mar 01 2021 20:48:21 EST", "2021-03-02T01:48:21.000Z"},
      {"Mar  1 2021 20:48:21", "2021-03-01T20:48:21.000Z"},
      {"Thu Nov  5 00:00:00 UTC 2020", "2020-11-05T00:00:00.000Z"},
      {"mar 1 2021 20:48:21", "2021-03-01T20:48:21.000Z"},
      {"March 1, 2021 20:48:21", "2021-03-01T20:48:21.000Z"},
      {"Mar 03 2021:20:07:54 UTC", "2021-03-03T20:07:54.000Z"},
      {"2024/01/02 03:04:05", "2024-01-02T03:04:05.000Z"},
      {"2024-05-08T01:10:31.496-07:00", "2024-05-08T08:10:31.496Z"},
      {"2024-05-08 01:10:31", "2024-05-08T01:10:31.000Z"},
      {"2025-12-22T17:17Z", "2025-12-22T17:17:00.000Z"},
      {"Thu Jan  1 00:00:00 1970", "1970-01-01T00:00:00.000Z"},
      {"Thu, 02 Jan 2025 03:04:05 GMT", "2025-01-02T03:04:05.000Z"},
      {"2023 Oct 12 10:11:12", "2023-10-12T10:11:12.000Z"},
      {"12 Oct 2023 10:11:12", "2023-10-12T10:11:12.000Z"},
      {"d\xc3\xa9"
       "c. 01 2022 10:00:00",
       "2022-12-01T10:00:00.000Z"},
      {"d\xe9"
       "c. 01 2022 10:00:00",
       "2022-12-01T10:00:00.000Z"},
      {"\"Mar 01 2021 20:48:21\"", "2021-03-01T20:48:21.000Z"},
      {" 1545938629 ", "2018-12-27T19:23:49.000Z"},
      {"1545938629.25", "2018-12-27T19:23:49.250Z"},
      {"1584698718123", "2020-03-20T10:05:18.123Z"},
      {"1584698718123456", "2020-03-20T10:05:18.123Z"},
      {"1726768963263686912", "2024-09-19T18:02:43.263Z"},
      {"1000000000", "2001-09-09T01:46:40.000Z"},
      {"9999999999999999", "2286-11-20T17:46:39.999Z"},
      {"9223372036854775807", "2262-04-11T23:47:16.854Z"},
      {"1584698718123.5", "2020-03-20T10:05:18.123Z"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    Flags flags;
    CHECK(read(row.text, "2025-06-01T00:00:00Z", cctz::utc_time_zone(), flags) == row.expected);
    CHECK_FALSE(flags.has(Flag::time_without_year));
  }
}

TEST_CASE("timestamp: text that is no time is an error and never a wrong time") {
  for (const std::string_view text : std::initializer_list<std::string_view>{"",
                                                                             " ",
                                                                             "\"\"",
                                                                             "N/A",
                                                                             "None",
                                                                             "0",
                                                                             "$cefformatted-time_generated",
                                                                             "DATETIME",
                                                                             "12345",
                                                                             "123456789",
                                                                             "99999999999999999999",
                                                                             "9223372036854775808",
                                                                             "1584698718x23",
                                                                             "158469871812345x",
                                                                             "17267689632636869120",
                                                                             "1545938629x",
                                                                             "1545938629.x",
                                                                             "Mar 32 2021 20:48:21",
                                                                             "Feb 30 2021 20:48:21",
                                                                             "Mar 01 2021",
                                                                             "Foo 01 2021 20:48:21",
                                                                             "2024/01-02 03:04:05",
                                                                             "2024-00-02 03:04:05",
                                                                             "20:48:21",
                                                                             "Mar",
                                                                             "Thu",
                                                                             "Thu,",
                                                                             "2023 Oct",
                                                                             "Mar 01 2021 25:00:00",
                                                                             "-1"}) {
    CAPTURE(text);
    Flags flags;
    CHECK(read(text, "2025-06-01T00:00:00Z", cctz::utc_time_zone(), flags) == "no time");
    CHECK(flags.bits() == 0);
  }
}

TEST_CASE("timestamp: a missing year is the latest one that is not more than 30 days ahead of the receipt") {
  struct Row {
    std::string_view text;
    std::string_view received;
    std::string_view expected;
  };
  constexpr Row kRows[] = {
      {"Oct 16 22:55:48", "2025-10-16T22:55:50Z", "2025-10-16T22:55:48.000Z"},
      {"Dec 31 23:59:59", "2026-01-01T00:00:02Z", "2025-12-31T23:59:59.000Z"},
      {"Jan  1 00:00:01", "2025-12-31T23:59:58Z", "2026-01-01T00:00:01.000Z"},
      {"Jan 31 00:00:00", "2026-01-01T00:00:00Z", "2026-01-31T00:00:00.000Z"},
      {"Jan 31 00:00:01", "2026-01-01T00:00:00Z", "2025-01-31T00:00:01.000Z"},
      {"Jul  2 00:00:00", "2026-01-01T00:00:00Z", "2025-07-02T00:00:00.000Z"},
      {"Feb 29 10:00:00", "2025-01-05T00:00:00Z", "2024-02-29T10:00:00.000Z"},
      {"Feb 29 10:00:00", "2024-02-29T10:00:01Z", "2024-02-29T10:00:00.000Z"},
      {"Feb 29 10:00:00", "2026-03-01T00:00:00Z", "no time"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    CAPTURE(row.received);
    Flags flags;
    const std::string result = read(row.text, row.received, cctz::utc_time_zone(), flags);
    CHECK(result == row.expected);
    CHECK(flags.has(Flag::time_without_year) == (result != "no time"));
  }
}

TEST_CASE("timestamp: a zone in the text wins, else the input's zone applies and is flagged") {
  const auto berlin = load_zone("Europe/Berlin");
  REQUIRE(berlin.has_value());
  struct Row {
    std::string_view text;
    std::string_view expected;
    bool flagged;
  };
  constexpr Row kRows[] = {
      {"Jul 01 2025 12:00:00", "2025-07-01T10:00:00.000Z", true},
      {"Jan 01 2025 12:00:00.5", "2025-01-01T11:00:00.500Z", true},
      {"Jul 01 2025 12:00:00 UTC", "2025-07-01T12:00:00.000Z", false},
      {"2025-07-01T12:00:00Z", "2025-07-01T12:00:00.000Z", false},
      {"2025-07-01T12:00:00+0530", "2025-07-01T06:30:00.000Z", false},
      {"2025-07-01T12:00:00 -03", "2025-07-01T15:00:00.000Z", false},
      // China, Cuba and Chicago all write CST.
      {"Jan 01 2025 12:00:00 CST", "2025-01-01T11:00:00.000Z", true},
      {"1735729200000", "2025-01-01T11:00:00.000Z", false},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    Flags flags;
    CHECK(read(row.text, "2025-06-01T00:00:00Z", *berlin, flags) == row.expected);
    CHECK(flags.has(Flag::time_without_zone) == row.flagged);
  }
}

TEST_CASE("timestamp: a zone is an IANA name or an offset") {
  for (const std::string_view good :
       std::initializer_list<std::string_view>{"UTC", "Europe/Berlin", "+02:00", "-0730", "+00:00"}) {
    CAPTURE(good);
    CHECK(load_zone(good).has_value());
  }
  for (const std::string_view bad : std::initializer_list<std::string_view>{
           "", "Europe/Nowhere", "+2", "+25:00", "/etc/passwd", "../../etc/passwd", "+02:00x"}) {
    CAPTURE(bad);
    REQUIRE(load_zone(bad).has_error());
    CHECK(std::string{load_zone(bad).error().code} == "unknown_zone");
  }
  const auto zone = load_zone("-07:30");
  Flags flags;
  CHECK(read("2025-01-01 00:00:00", "2025-06-01T00:00:00Z", *zone, flags) == "2025-01-01T07:30:00.000Z");
}

TEST_CASE("timestamp: the year is inferred on both sides of every New Year, in and out of the years of the table") {
  using std::chrono::year;
  for (int next = 1960; next <= 2250; ++next) {
    CAPTURE(next);
    const TimePoint new_year = std::chrono::sys_days{year{next} / 1 / 1};
    for (const Duration since : {-Duration{1}, Duration{0}, Duration{1}}) {
      Flags flags;
      const TimePoint received = new_year + since;
      CHECK(*parse_device_time("Dec 31 23:59:59", received, cctz::utc_time_zone(), flags) ==
            new_year - std::chrono::seconds{1});
      CHECK(*parse_device_time("Jan  1 00:00:00", received - std::chrono::days{30}, cctz::utc_time_zone(), flags) ==
            TimePoint{std::chrono::sys_days{year{since < Duration{0} ? next - 1 : next} / 1 / 1}});
    }
  }
}

TEST_CASE(
    "timestamp: a leap day without a year is of the last year that has one, when that is this one or the one before") {
  const auto leap_day = [](std::string_view received) {
    Flags flags;
    return read("Feb 29 10:00:00", received, cctz::utc_time_zone(), flags);
  };
  CHECK(leap_day("2024-03-01T00:00:00Z") == "2024-02-29T10:00:00.000Z");
  CHECK(leap_day("2025-02-01T00:00:00Z") == "2024-02-29T10:00:00.000Z");
  CHECK(leap_day("2026-02-01T00:00:00Z") == "no time");
  CHECK(leap_day("2100-03-01T00:00:00Z") == "no time");
  CHECK(leap_day("2000-03-01T00:00:00Z") == "2000-02-29T10:00:00.000Z");
}

#include "parsers/time.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string_view>

#include <limits>

using parsers::format_rfc3339;
using parsers::from_micros;
using parsers::parse_rfc3339;

TEST_CASE("time: text in RFC 3339 becomes microseconds, and back with milliseconds") {
  struct Row {
    std::string_view text;
    std::int64_t micros;
    std::string_view back;
  };
  constexpr Row kRows[] = {
      {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"},
      {"2026-11-24T07:31:12Z", 1795505472000000, "2026-11-24T07:31:12.000Z"},
      {"2026-11-24 07:31:12z", 1795505472000000, "2026-11-24T07:31:12.000Z"},
      {"2026-11-24T07:31:12.5Z", 1795505472500000, "2026-11-24T07:31:12.500Z"},
      {"2026-11-24T07:31:12.1234567Z", 1795505472123456, "2026-11-24T07:31:12.123Z"},
      {"2026-11-24T07:31:12.999999999Z", 1795505472999999, "2026-11-24T07:31:12.999Z"},
      {"2026-11-24T09:31:12+02:00", 1795505472000000, "2026-11-24T07:31:12.000Z"},
      {"2026-11-23T23:31:12-08:00", 1795505472000000, "2026-11-24T07:31:12.000Z"},
      {"2024-02-29T12:00:00Z", 1709208000000000, "2024-02-29T12:00:00.000Z"},
      {"1969-12-31T23:59:59.999Z", -1000, "1969-12-31T23:59:59.999Z"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    const auto time = parse_rfc3339(row.text);
    REQUIRE(time.has_value());
    CHECK(parsers::to_micros(*time) == row.micros);
    CHECK(format_rfc3339(*time) == row.back);
  }
}

TEST_CASE("time: what is no complete RFC 3339 time is an error at the place where it stops to be one") {
  struct Row {
    std::string_view text;
    std::size_t offset;
  };
  constexpr Row kRows[] = {
      {"", 0},
      {"2026", 0},
      {"2026-11-24", 0},
      {"2026-11-24T07:31:12", 19},
      {"2026-11-24T07:31:12Zx", 19},
      {"2026-11-24T07:31:12Z x", 20},
      {"2026-11-24T07:31:12.Z", 19},
      {"2026-02-29T07:31:12Z", 0},
      {"2026-13-01T07:31:12Z", 0},
      {"2026-11-24T24:00:00Z", 0},
      {"2026-11-24T07:60:00Z", 0},
      {"Nov 24 2026 07:31:12", 0},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    const auto time = parse_rfc3339(row.text);
    REQUIRE(time.has_error());
    CHECK(std::string{time.error().code} == "bad_time");
    CHECK(time.error().offset == row.offset);
  }
}

TEST_CASE("time: times outside of the years 0 to 9999 are shown as the nearest that four digits can write") {
  CHECK(format_rfc3339(from_micros(std::numeric_limits<std::int64_t>::max())) == "9999-12-31T23:59:59.999Z");
  CHECK(format_rfc3339(from_micros(std::numeric_limits<std::int64_t>::min())) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("time: each first and last day of a month from 1900 to 2300 is the calendar's day") {
  using namespace std::chrono;
  for (int y = 1900; y <= 2300; ++y) {
    for (int m = 1; m <= 12; ++m) {
      for (const sys_days day : {sys_days{year{y} / m / 1}, sys_days{year{y} / m / last}}) {
        const std::string text = format_rfc3339(day);
        CAPTURE(text);
        CHECK(*parsers::parse_rfc3339(text) == parsers::TimePoint{day});
      }
    }
  }
}

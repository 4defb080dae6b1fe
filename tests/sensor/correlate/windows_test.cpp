#include "sensor/correlate/windows.h"

#include <doctest/doctest.h>

using namespace correlate;
using namespace std::chrono_literals;
using parsers::TimePoint;

namespace {

constexpr TimePoint kNoon = std::chrono::sys_days(std::chrono::year(2026) / 3 / 10) + 12h;
constexpr Windows kDefault{6h, 48h};

parsers::Alert alert_at(TimePoint created, TimePoint first, TimePoint last) {
  parsers::Alert alert;
  alert.created = alert.last_update = created;
  alert.first_activity = first;
  alert.last_activity = last;
  return alert;
}

}  // namespace

TEST_CASE("windows: an alert reaches two days back and six hours on, both ends included") {
  const auto spans = click_spans(alert_at(kNoon, kNoon, kNoon), kDefault);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0] == Span{kNoon - 48h, kNoon + 6h});
  CHECK(spans[0].contains(kNoon - 48h));
  CHECK_FALSE(spans[0].contains(kNoon - 48h - 1us));
  CHECK(spans[0].contains(kNoon + 6h));
  CHECK_FALSE(spans[0].contains(kNoon + 6h + 1us));
}

TEST_CASE("windows: activity that lies elsewhere has a span of its own, and the time between counts for nothing") {
  const auto spans = click_spans(alert_at(kNoon, kNoon - 240h, kNoon - 200h), kDefault);
  REQUIRE(spans.size() == 2);
  CHECK(spans[0] == Span{kNoon - 246h, kNoon - 194h});
  CHECK(spans[1] == Span{kNoon - 48h, kNoon + 6h});
}

TEST_CASE("windows: activity reported the wrong way round reaches as far as the right way round") {
  CHECK(click_spans(alert_at(kNoon, kNoon - 200h, kNoon - 240h), kDefault) ==
        click_spans(alert_at(kNoon, kNoon - 240h, kNoon - 200h), kDefault));
}

TEST_CASE("windows: a lookback shorter than the window shortens nothing") {
  const auto spans = click_spans(alert_at(kNoon, kNoon, kNoon), {6h, 0h});
  REQUIRE(spans.size() == 1);
  CHECK(spans[0] == Span{kNoon - 6h, kNoon + 6h});
}

TEST_CASE("windows: spans that touch are joined and spans that do not are kept apart") {
  CHECK(merge({{kNoon, kNoon + 1h}, {kNoon - 2h, kNoon}}) == std::vector<Span>{{kNoon - 2h, kNoon + 1h}});
  CHECK(merge({{kNoon + 1us, kNoon + 1h}, {kNoon - 2h, kNoon}}).size() == 2);
  CHECK(merge({{kNoon - 5h, kNoon + 5h}, {kNoon, kNoon + 1h}}) == std::vector<Span>{{kNoon - 5h, kNoon + 5h}});
  CHECK(merge({}).empty());
}

TEST_CASE("windows: stretches of 30 days are counted from 1970 and have no gap, before it too") {
  CHECK(stretch_of(TimePoint{}) == 0);
  CHECK(stretch_of(TimePoint{} - 1us) == -1);
  CHECK(stretch_of(TimePoint{} + 720h) == 1);
  CHECK(stretch_of(TimePoint{} + 720h - 1us) == 0);
  for (std::int64_t number : {-1, 0, 1, 684}) {
    const Span span = stretch_span(number);
    CHECK(stretch_of(span.from) == number);
    CHECK(stretch_of(span.to) == number);
    CHECK(stretch_of(span.to + 1us) == number + 1);
    CHECK(span.to + 1us == stretch_span(number + 1).from);
  }
}

TEST_CASE("windows: durations are told in the two largest units") {
  struct Row {
    parsers::Duration duration;
    const char* text;
  };
  for (const Row& row : {
           Row{0us, "0 s"},
           Row{999'999us, "0 s"},
           Row{59s, "59 s"},
           Row{2min, "2 min"},
           Row{2min + 5s, "2 min 5 s"},
           Row{1h + 59s, "1 h"},
           Row{1h + 3min + 59s, "1 h 3 min"},
           Row{52h, "2 d 4 h"},
           Row{-(1min + 1s), "1 min 1 s"},
       }) {
    CAPTURE(row.text);
    CHECK(spell(row.duration) == row.text);
  }
}

#include "sensor/graph/sightings.h"

#include <doctest/doctest.h>

#include "sensor/graph/budget.h"
#include "tests/sensor/graph/feed_text.h"

using graph::Lateness;
using graph::Sightings;
using graph_test::at;
using Sight = graph::Sightings::Sight;
using namespace std::chrono_literals;

TEST_CASE("sightings: a row is fresh once, changed when its content is new, and known otherwise") {
  Sightings seen;
  const auto now = at("2026-08-20T10:00:00Z");
  CHECK(seen.see("a", "1", now - 1min, now, 30min, true) == Sight::fresh);
  CHECK(seen.see("a", "1", now - 1min, now, 30min, true) == Sight::known);
  CHECK(seen.see("a", "2", now, now, 30min, true) == Sight::changed);
  CHECK(seen.see("a", "2", now, now, 30min, true) == Sight::known);
  CHECK(seen.lateness().rows() == 1);
  CHECK(seen.see("old", "1", now - 31min, now, 30min, false) == Sight::fresh);
  CHECK(seen.see("old", "1", now - 31min, now, 30min, false) == Sight::fresh);
  CHECK(seen.lateness().rows() == 1);
  seen.forget_before(now + 1s);
  CHECK(seen.see("a", "2", now, now, 30min, false) == Sight::fresh);
}

TEST_CASE("sightings: percentiles are at most a quarter off, and never too small") {
  Lateness late;
  CHECK(late.percentile(0.5) == 0s);
  for (int i = 1; i <= 1000; ++i) late.add(std::chrono::seconds(i));
  for (const double part : {0.5, 0.9, 0.99, 1.0}) {
    CAPTURE(part);
    const auto exact = static_cast<std::int64_t>(1000 * part);
    CHECK(late.percentile(part).count() >= exact - 1);
    CHECK(late.percentile(part).count() <= exact * 5 / 4 + 1);
  }
  late.add(-5s);
  late.add(24h * 365);
  CHECK(late.percentile(1).count() >= 24 * 3600 * 20);
}

TEST_CASE("sightings: of too many rows the newest stay known, and what was forgotten says nothing about lateness") {
  Sightings seen;
  const auto now = at("2026-08-20T10:00:00Z");
  const auto time = [now](std::size_t i) { return now - 10h + std::chrono::milliseconds(i); };
  for (std::size_t i = 0; i <= Sightings::kMaxRows; ++i) {
    seen.see(std::to_string(i), "", time(i), now, 24h, true);
  }
  const auto rows = seen.lateness().rows();
  CHECK(seen.forgotten_until() == time(Sightings::kMaxRows / 2));
  CHECK(seen.see("17", "", time(17), now, 24h, true) == Sight::fresh);
  CHECK(seen.see("17", "", time(17), now, 24h, true) == Sight::fresh);
  const auto newest = Sightings::kMaxRows - 1;
  CHECK(seen.see(std::to_string(newest), "", time(newest), now, 24h, true) == Sight::known);
  CHECK(seen.lateness().rows() == rows);
}

TEST_CASE("sightings: an overlap is suggested when rows come later than it leaves room for") {
  Lateness late;
  for (int i = 0; i < 99; ++i) late.add(20min);
  CHECK_FALSE(graph::suggested_overlap(late, 15min).has_value());  // too few to judge
  late.add(20min);
  CHECK_FALSE(graph::suggested_overlap(late, 2h).has_value());
  const auto overlap = graph::suggested_overlap(late, 25min);
  REQUIRE(overlap.has_value());
  CHECK(*overlap > 25min);
  CHECK(*overlap < 45min);
}

TEST_CASE("budget: no 10 seconds hold more requests than Microsoft allows, however eager the feed is") {
  struct Row {
    unsigned per_minute;
    std::chrono::seconds span;
    std::size_t allowed;
  };
  for (const Row& row : {Row{15, 10s, 5}, Row{100, 60s, 150}}) {
    CAPTURE(row.per_minute);
    graph::Budget budget(row.per_minute);
    std::vector<graph::Budget::Time> sent;
    for (graph::Budget::Time now{1000h}; now < graph::Budget::Time{1000h + 10min};) {
      now = std::max(now, budget.next());
      budget.take(now);
      sent.push_back(now);
    }
    for (std::size_t i = row.allowed; i < sent.size(); ++i) REQUIRE(sent[i] - sent[i - row.allowed] > row.span);
    CHECK(sent.size() >= row.per_minute * 9);
    CHECK(sent[1] == sent[0]);  // both kinds of sign-ins at once
  }
}

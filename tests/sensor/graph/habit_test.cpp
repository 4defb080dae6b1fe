#include "sensor/graph/habit.h"

#include <doctest/doctest.h>

#include "tests/sensor/graph/feed_text.h"

using graph::Habit;
using graph_test::at;
using namespace std::chrono_literals;

namespace {

// A tenant whose day has something new every ten minutes from 6 to 18 h and every two hours at night.
Habit learned(parsers::TimePoint& now, int days) {
  Habit habit;
  for (const auto end = now + 24h * days; now < end;) {
    const auto hour = std::chrono::floor<std::chrono::hours>(now - std::chrono::floor<std::chrono::days>(now));
    now += hour >= 6h && hour < 18h ? 10min : 120min;
    habit.note(now, true);
  }
  return habit;
}

}  // namespace

TEST_CASE("habit: quiet is judged by what is usual at this hour") {
  auto now = at("2026-08-03T00:00:00Z");  // a Monday
  Habit habit = learned(now, 14);
  // The last row came at midnight or soon after it; four hours are a usual night.
  CHECK_FALSE(habit.silence(now + 4h).has_value());
  const auto night = habit.silence(now + 9h);
  REQUIRE(night.has_value());
  CHECK(night->since == now);
  CHECK(night->usual >= 120min);

  const auto noon = std::chrono::floor<std::chrono::days>(now) + 12h;
  habit.note(noon, true);
  CHECK_FALSE(habit.silence(noon + 29min).has_value());
  CHECK(habit.silence(noon + 90min).has_value());
  habit.note(noon + 90min, false);
  CHECK(habit.silence(noon + 90min).has_value());
  habit.note(noon + 91min, true);
  CHECK_FALSE(habit.silence(noon + 92min).has_value());
}

TEST_CASE("habit: nobody is alarmed before it is learned, and one outage doesn't teach that outages are usual") {
  auto now = at("2026-08-03T00:00:00Z");
  const Habit young = learned(now, 2);
  CHECK_FALSE(young.silence(now + 20h).has_value());
  CHECK_FALSE(Habit().silence(now).has_value());

  Habit habit = learned(now, 14);
  auto noon = std::chrono::floor<std::chrono::days>(now) + 12h;
  habit.note(noon, true);
  habit.note(noon + 3h, true);  // an outage
  CHECK(habit.silence(noon + 3h + 90min).has_value());
}

TEST_CASE("habit: it survives a restart, and a text that can't be read is a habit to learn") {
  auto now = at("2026-08-03T00:00:00Z");
  const Habit habit = learned(now, 14);
  const std::string text = habit.save();
  CHECK(Habit::load(text).save() == text);
  CHECK(Habit::load(text).silence(now + 9h).has_value());
  for (const std::string& bad : {std::string(), std::string("2 1 2 3"), text.substr(0, text.size() / 2),
                                 std::string("1 99999999999999999999"), std::string("1 x")}) {
    CAPTURE(bad);
    CHECK(Habit::load(bad).save() == Habit().save());
  }
}

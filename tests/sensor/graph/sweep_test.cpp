#include "sensor/graph/sweep.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/sensor/graph/feed_text.h"

using graph::Sweep;
using graph_test::at;
using namespace std::chrono_literals;

namespace {

const parsers::TimePoint kNow = at("2026-08-20T10:00:00Z");
constexpr auto kNothingForgotten = parsers::TimePoint::min();

graph::FeedSettings settings(std::chrono::milliseconds sweep) {
  graph::FeedSettings out;
  out.overlap = 2h;
  out.sweep = sweep;
  return out;
}

// All stretches of a round, of which each takes `pages`.
std::vector<Sweep::Stretch> round(Sweep& sweep, parsers::TimePoint now, unsigned pages) {
  std::vector<Sweep::Stretch> out;
  while (const auto stretch = sweep.next(now, kNothingForgotten)) {
    out.push_back(*stretch);
    sweep.took(pages);
    if (sweep.rounds() > 0 && out.back().until >= now - 2h) break;
  }
  return out;
}

}  // namespace

TEST_CASE("sweep: a round begins an hour after the start and covers the day up to the overlap without a hole") {
  Sweep sweep(settings(24h), true);
  CHECK_FALSE(sweep.next(kNow, kNothingForgotten));
  CHECK_FALSE(sweep.next(kNow + 59min, kNothingForgotten));
  const auto now = kNow + 1h;
  const auto stretches = round(sweep, now, 2);
  REQUIRE(stretches.size() > 1);
  CHECK(stretches.front().from == now - 24h);
  CHECK(stretches.back().until == now - 2h);
  for (std::size_t i = 1; i < stretches.size(); ++i) CHECK(stretches[i].from == stretches[i - 1].until);
  CHECK(sweep.rounds() == 1);
  CHECK_FALSE(sweep.next(now + 59min, kNothingForgotten));
  CHECK(sweep.next(now + 1h, kNothingForgotten));
}

TEST_CASE("sweep: stretches grow while they take few pages and shrink while they take many") {
  Sweep quiet(settings(24h), true);
  quiet.next(kNow, kNothingForgotten);
  CHECK(round(quiet, kNow + 1h, 2).size() == 4);  // 2, 4, 8 and 8 hours
  CHECK(round(quiet, kNow + 2h, 2).size() == 1);
  Sweep busy(settings(24h), true);
  busy.next(kNow, kNothingForgotten);
  const auto stretches = round(busy, kNow + 1h, 100);
  CHECK(stretches[1].until - stretches[1].from == 1h);
  CHECK(stretches[10].until - stretches[10].from == Sweep::kShortest);
  Sweep whole(settings(24h), false);
  whole.next(kNow, kNothingForgotten);
  CHECK(round(whole, kNow + 1h, 100).size() == 1);
  CHECK(round(whole, kNow + 2h, 100).size() == 1);
}

TEST_CASE("sweep: none without more depth than the overlap, and none of what is too much to remember") {
  Sweep off(settings(0h), true), shallow(settings(2h), true), forgetful(settings(24h), true);
  for (const auto now : {kNow, kNow + 2h, kNow + 4h}) {
    CHECK_FALSE(off.next(now, kNothingForgotten));
    CHECK_FALSE(shallow.next(now, kNothingForgotten));
  }
  forgetful.next(kNow, kNothingForgotten);
  const auto first = forgetful.next(kNow + 1h, kNow - 3h);
  REQUIRE(first);
  CHECK(first->from == kNow - 3h);
}

TEST_CASE("sweep: a clock that was set back puts no round off for ever") {
  Sweep sweep(settings(24h), true);
  sweep.next(kNow, kNothingForgotten);
  CHECK_FALSE(sweep.next(kNow - 48h, kNothingForgotten).has_value());
  CHECK(sweep.next(kNow - 47h, kNothingForgotten).has_value());
}

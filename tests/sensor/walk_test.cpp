#include "sensor/walk.h"

#include <doctest/doctest.h>

#include <functional>

#include "tests/support/facts_made.h"
#include "tests/support/memory_facts.h"

using namespace std::chrono_literals;
using support::kNoon;

namespace {

struct Bench {
  support::MemoryFacts facts;
  correlate::Settings settings;

  Bench& put(parsers::Alert alert) { return facts.put(std::move(alert)), *this; }
  Bench& put(correlate::Click click) { return facts.put(std::move(click)), *this; }
  Bench& put(parsers::SignIn sign_in) { return facts.put(std::move(sign_in)), *this; }

  sensor::Walk ask(std::optional<parsers::TimePoint> at = {}) {
    sensor::WalkQuestion question{"bob@contoso.com", {}, at};
    REQUIRE(parsers::parse_url(support::kLure, "https", question.url).has_value());
    const correlate::Engine engine(settings, facts);
    return sensor::walk(facts, engine, settings, question);
  }
  std::string failed(std::optional<parsers::TimePoint> at = {}) {
    const sensor::Walk walk = ask(at);
    return walk.failed_edge.empty() ? "nothing"
                                    : walk.failed_edge + ' ' + walk.failed_condition + ": " + walk.failed_detail;
  }
};

correlate::Click click(const std::function<void(parsers::Event&)>& change) {
  correlate::Click made = support::make_click();
  change(made.event);
  return made;
}

}  // namespace

TEST_CASE("walk: of a whole chain every edge passes") {
  Bench bench;
  const auto walk = bench.put(support::make_alert()).put(support::make_click()).put(support::make_sign_in()).ask();
  CHECK(walk.failed_edge == "");
  REQUIRE(walk.edges.size() == 3);
  for (const sensor::Edge& edge : walk.edges) CHECK(edge.passing == 1);
  CHECK(walk.alerts.size() == 1);
}

TEST_CASE("walk: what is missing altogether is said of its edge") {
  CHECK(Bench().failed() == "alert stored: no stored alert names the host login.example.com");
  CHECK(Bench().put(support::make_alert()).failed() ==
        "click stored: no stored web log row is on the host login.example.com");
  CHECK(Bench().put(support::make_alert()).put(support::make_click()).failed() ==
        "sign-in stored: no stored sign-in of bob@contoso.com is near a click");
}

TEST_CASE("walk: an alert of another title is no anchor") {
  parsers::Alert alert = support::make_alert();
  alert.title = "Suspicious inbox manipulation rule";
  CHECK(
      Bench().put(alert).failed() ==
      "alert title-watched: its title \"Suspicious inbox manipulation rule\" is not watched; see [correlation] titles");
}

TEST_CASE("walk: a click fails by user, outcome, scanner, address, shared range or time, in this order") {
  const auto failed = [](const correlate::Click& made) {
    Bench bench;
    bench.settings.shared_ranges = {"192.0.2.0/24"};
    return bench.put(support::make_alert()).put(made).put(support::make_sign_in()).failed();
  };
  CHECK(failed(click([](auto& event) { event.user = "eve@contoso.com"; })) ==
        "click user: the row's user is \"eve@contoso.com\", not bob@contoso.com");
  CHECK(failed(click([](auto& event) { event.user = event.account = ""; })) == "click user: the row names no user");
  CHECK(failed(click([](auto& event) {
          event.outcome = parsers::Outcome::blocked;
          event.action = "block-url";
        })) == "click outcome: the device blocked it: \"block-url\" (blocked)");
  CHECK(failed(click([](auto& event) { event.source_address = "40.94.28.7"; })) ==
        "click person: a scanner opened it: from \"40.94.28.7\" as nothing");
  CHECK(failed(click([](auto& event) { event.destination_address = ""; })) ==
        "click destination: the row has no destination address");
  CHECK(failed(click([](auto& event) { event.destination_address = "192.0.2.7"; })) ==
        "click shared-range: 192.0.2.7 lies in [network] shared_ranges and proves nothing by itself");
  CHECK(failed(click([](auto& event) { event.time = kNoon + 7h + 30min; })) ==
        "click click-window: the click is 7 h 30 min after the alert; window is 6 h, click_lookback is 2 d");
}

TEST_CASE("walk: a sign-in fails by its result, its address or its time, and the one that came farthest is told") {
  parsers::SignIn wrong = support::make_sign_in("s1");
  wrong.error_code = 50126;
  Bench bench;
  bench.put(support::make_alert()).put(support::make_click()).put(wrong);
  CHECK(bench.failed() == "sign-in succeeded: it failed with 50126");
  parsers::SignIn elsewhere = support::make_sign_in("s2");
  elsewhere.address = "198.51.100.9";
  bench.put(elsewhere);
  CHECK(bench.failed() == "sign-in address: sign-in from \"198.51.100.9\", but the page was reached at 203.0.113.7");
  bench.put(support::make_sign_in("s3", kNoon + 1min + 6h + 12min));
  CHECK(bench.failed() ==
        "sign-in signin-window: sign-in from 203.0.113.7 is 6 h 12 min after the click; window is 6 h");
  bench.put(support::make_sign_in("s4", kNoon + 1min - 6h));
  CHECK(bench.failed() == "nothing");
}

TEST_CASE("walk: a sign-in from beside the page is tied to it") {
  parsers::SignIn beside = support::make_sign_in("s1", kNoon + 1min + 6h + 12min);
  beside.address = "203.0.113.99";
  Bench bench;
  bench.put(support::make_alert()).put(support::make_click()).put(beside);
  CHECK(bench.failed() ==
        "sign-in signin-window: sign-in from 203.0.113.99 is 6 h 12 min after the click; window is 6 h");
}

TEST_CASE("walk: asked about a time, it looks near that time") {
  Bench bench;
  bench.put(support::make_alert()).put(support::make_click()).put(support::make_sign_in());
  CHECK(bench.failed(kNoon) == "nothing");
  CHECK(bench.failed(kNoon + 10h)
            .starts_with("alert alert-time: it reaches for clicks from 2026-03-08T12:00:00.000Z to "
                         "2026-03-10T18:00:00.000Z, 4 h off"));
}

TEST_CASE("walk: of many candidates a few are kept, those that came farthest first") {
  Bench bench;
  bench.put(support::make_alert()).put(support::make_sign_in());
  for (std::uint64_t id = 1; id <= 50; ++id) {
    correlate::Click made = support::make_click(id);
    made.event.user = "eve@contoso.com";
    bench.put(made);
  }
  correlate::Click blocked = support::make_click(51);
  blocked.event.outcome = parsers::Outcome::blocked;
  bench.put(blocked);
  const auto walk = bench.ask();
  CHECK(walk.edges[1].candidates == 51);
  REQUIRE(walk.edges[1].nearest.size() == sensor::kShownCandidates);
  CHECK(walk.edges[1].nearest[0].id == "51");
}

TEST_CASE("walk: foreign text can't break out of the terminal") {
  Bench bench;
  const auto text = sensor::walk_text(bench.put(support::make_alert())
                                          .put(click([](auto& event) { event.user = event.user_raw = "\x1b[2J\nbob"; }))
                                          .ask());
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\nbob") == std::string::npos);
}

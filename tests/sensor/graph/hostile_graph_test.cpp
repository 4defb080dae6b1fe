// The real client against a Graph that does everything wrong: every row arrives, and the status says what went on.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "sensor/graph/feed.h"
#include "tests/sensor/graph/feed_text.h"
#include "tests/sensor/graph/polling.h"

using graph::FeedName;
using graph::Poller;
using graph_test::alert;
using graph_test::eventually;
using graph_test::has_cursor;
using graph_test::holds;
using graph_test::quick_settings;
using graph_test::RememberingSink;
using graph_test::signin;
using support::TemporaryDirectory;
using test_support::FakeGraph;
using namespace std::chrono_literals;

namespace {

struct World {
  explicit World(const std::vector<std::string>& options = {})
      : fake(options), settings(quick_settings(fake.url(), directory)) {}

  void only_signins() {
    settings.alerts.enabled = false;
    settings.signins.enabled = true;
    settings.signins.non_interactive = true;
  }
  Poller poller() { return Poller(settings, sink, {}, graph_test::clock_now); }
  std::set<std::string> alerts() const {
    const auto ids = graph_test::alert_ids(sink.batches());
    return {ids.begin(), ids.end()};
  }
  std::set<std::string> signins() const {
    const auto ids = graph_test::signin_ids(sink.batches());
    return {ids.begin(), ids.end()};
  }

  TemporaryDirectory directory;
  FakeGraph fake;
  graph::Settings settings;
  RememberingSink sink;
};

std::string rows(int count, bool alerts) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    const auto ago = std::chrono::seconds(1200 - 10 * i);
    const std::string id = "r" + std::to_string(i);
    out += alerts ? alert(id, ago) : signin(id, ago, i % 3 != 0);
  }
  return out;
}

}  // namespace

TEST_CASE("hostile graph: resets at every stage, slow bodies, loops and expired links cost no row of either feed") {
  struct Entry {
    const char *name, *fault;
  };
  const Entry faults[] = {
      {"reset at the request", R"("kind":"reset")"},
      {"reset in the header", R"("kind":"reset","stage":"header")"},
      {"reset in the body", R"("kind":"reset","stage":"body")"},
      {"reset in the second page's body", R"("kind":"reset","stage":"body","after":1)"},
      {"slow body", R"("kind":"slow_body","seconds":0.01)"},
      {"429 without Retry-After", R"("kind":"status","status":429,"times":2)"},
      {"429 with Retry-After", R"("kind":"status","status":429,"retry_after":0)"},
      {"503", R"("kind":"status","status":503,"times":3)"},
      {"loop", R"("kind":"loop")"},
      {"foreign link", R"("kind":"next_link","url":"https://attacker.example/v1.0/security/alerts_v2")"},
      {"downgrade", R"("kind":"next_link","url":"http://graph.example.com/v1.0/security/alerts_v2")"},
      {"half a page", R"("kind":"half_body","after":1)"},
  };
  for (const bool is_alerts : {true, false}) {
    for (const Entry& entry : faults) {
      CAPTURE(is_alerts);
      CAPTURE(entry.name);
      World world({"--page-size", "8"});
      if (!is_alerts) world.only_signins();
      world.settings.limits.page_size = 8;
      world.settings.alerts.interval = world.settings.signins.interval = 20ms;
      if (is_alerts) world.fake.add_alerts(rows(30, true));
      if (!is_alerts) world.fake.add_signins(rows(30, false));
      world.fake.fault(std::string(R"({"path":")") + (is_alerts ? "/v1.0/security" : "/v1.0/audit") + R"(",)" +
                       entry.fault + "}");
      Poller poller = world.poller();
      poller.start();
      REQUIRE(world.sink.wait_for(has_cursor));
      CHECK(eventually([&] { return (is_alerts ? world.alerts() : world.signins()).size() == 30; }));
      CHECK(eventually(
          [&] { return poller.status(is_alerts ? FeedName::alerts : FeedName::signins).last_error.empty(); }));
      poller.stop();
      CHECK(world.fake.pending_faults() == 0);
    }
  }
}

TEST_CASE("hostile graph: a link that loops or leads elsewhere is named in the status and never followed") {
  struct Entry {
    const char *fault, *named;
  };
  for (const Entry& entry :
       {Entry{R"("kind":"loop")", "leads in a circle"},
        Entry{R"("kind":"next_link","url":"https://attacker.example/x")", "attacker.example/x' leads to another host"},
        Entry{R"("kind":"next_link","url":"http://127.0.0.1/x")", "leads to another host"}}) {
    CAPTURE(entry.fault);
    World world;
    world.settings.limits.retry_base = world.settings.limits.retry_cap = 1h;
    world.fake.add_alerts(rows(3, true));
    world.fake.fault(std::string(R"({"path":"/v1.0","times":1000,)") + entry.fault + "}");
    Poller poller = world.poller();
    poller.start();
    REQUIRE(eventually([&] { return !poller.status(FeedName::alerts).last_error.empty(); }));
    poller.stop();
    CHECK(holds(poller.status(FeedName::alerts).last_error, entry.named));
    CHECK(world.alerts().size() == 3);
  }
}

TEST_CASE("hostile graph: empty pages with a link, and links that expire at once, end with every sign-in") {
  {
    World world({"--page-size", "4"});
    world.only_signins();
    world.fake.add_signins(rows(20, false));
    world.fake.fault(R"({"path":"/v1.0/audit","kind":"empty"})");
    world.fake.fault(R"({"path":"/beta/audit","kind":"empty"})");
    Poller poller = world.poller();
    poller.start();
    REQUIRE(world.sink.wait_for(has_cursor));
    CHECK(world.signins().size() == 20);
    CHECK(poller.status(FeedName::signins).last_error == "");
  }
  World world({"--page-size", "4", "--skiptoken-lifetime", "0"});
  world.only_signins();
  world.settings.limits.retry_base = world.settings.limits.retry_cap = 1h;
  world.fake.add_signins(rows(20, false));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return !poller.status(FeedName::signins).last_error.empty(); }));
  CHECK(holds(poller.status(FeedName::signins).last_error, "expire before they are used"));
  CHECK_FALSE(has_cursor(world.sink.batches()));
}

TEST_CASE("hostile graph: one record that breaks its page is passed over with a warning, and the feed goes on") {
  for (const bool is_alerts : {true, false}) {
    CAPTURE(is_alerts);
    World world;
    if (!is_alerts) world.only_signins();
    world.settings.limits.page_size = 8;
    world.settings.limits.retry_base = world.settings.limits.retry_cap = 1ms;
    if (is_alerts) world.fake.add_alerts(rows(30, true));
    if (!is_alerts) world.fake.add_signins(rows(30, false));
    world.fake.poison(R"({"id":"r13"})");
    Poller poller = world.poller();
    poller.start();
    REQUIRE(world.sink.wait_for(has_cursor));
    const FeedName feed = is_alerts ? FeedName::alerts : FeedName::signins;
    REQUIRE(eventually([&] { return poller.status(feed).polls >= 1; }));
    poller.stop();
    const auto status = poller.status(feed);
    CHECK(status.gaps >= 1);
    CHECK(status.damaged >= graph::kDamagedTries);
    REQUIRE_FALSE(status.warnings.empty());
    CHECK(holds(status.warnings.front(), "passed over"));
    CHECK(status.last_error == "");
    const auto ids = is_alerts ? world.alerts() : world.signins();
    CHECK_FALSE(ids.contains("r13"));
    if (is_alerts) CHECK(ids.size() == 29);
    // Of sign-ins, what stands behind the broken one in the same smallest window is lost with it.
    if (!is_alerts) CHECK(ids.size() >= 22);
  }
}

TEST_CASE(
    "hostile graph: an outage that answers with HTML or breaks every page is waited out, and passes over nothing") {
  for (const bool is_alerts : {true, false}) {
    for (const char* fault : {R"("kind":"garbage")", R"("kind":"half_body")"}) {
      CAPTURE(is_alerts);
      CAPTURE(fault);
      World world;
      if (!is_alerts) world.only_signins();
      world.settings.signins.non_interactive = false;
      world.settings.limits.page_size = 8;
      world.settings.limits.retry_base = world.settings.limits.retry_cap = 1ms;
      if (is_alerts) world.fake.add_alerts(rows(30, true));
      if (!is_alerts) world.fake.add_signins(rows(30, false));
      world.fake.fault(std::string(R"({"path":"/v1.0","times":40,)") + fault + "}");
      Poller poller = world.poller();
      poller.start();
      const FeedName feed = is_alerts ? FeedName::alerts : FeedName::signins;
      REQUIRE(eventually([&] { return poller.status(feed).polls >= 1; }));
      poller.stop();
      CHECK(poller.status(feed).gaps == 0);
      CHECK((is_alerts ? world.alerts() : world.signins()).size() == (is_alerts ? 30 : 20));
      CHECK(world.fake.pending_faults() == 0);
    }
  }
}

TEST_CASE("hostile graph: a clock that is hours off is told, and rows come all the same") {
  for (const char* offset : {"-7200", "7200"}) {
    CAPTURE(offset);
    World world({"--clock-offset", offset});
    world.fake.add_alerts(rows(5, true));
    Poller poller = world.poller();
    poller.start();
    REQUIRE(world.sink.wait_for(has_cursor));
    REQUIRE(eventually([&] { return poller.status(FeedName::alerts).clock_ahead.has_value(); }));
    poller.stop();
    const auto ahead = *poller.status(FeedName::alerts).clock_ahead;
    CHECK(std::abs(ahead.count() + 1000 * std::stoll(offset)) < 60'000);
    CHECK(world.alerts().size() == 5);
  }
}

TEST_CASE("hostile graph: a clock that is hours off neither hides the newest sign-ins nor runs ahead of them") {
  for (const std::chrono::hours graph_ahead : {5h, -5h}) {
    CAPTURE(graph_ahead.count());
    World world({"--clock-offset", std::to_string(graph_ahead / 1s)});
    world.only_signins();
    world.settings.signins.interval = 10ms;
    world.fake.add_signins(signin("before", 10min - graph_ahead));
    Poller poller = world.poller();
    poller.start();
    REQUIRE(eventually([&] { return poller.status(FeedName::signins).polls >= 3; }));
    world.fake.add_signins(signin("new", 1min - graph_ahead));
    world.fake.add_signins(signin("new and non-interactive", 2min - graph_ahead, false));
    CHECK(eventually([&] { return world.signins().size() == 3; }));
    const auto polls = poller.status(FeedName::signins).polls;
    REQUIRE(eventually([&] { return poller.status(FeedName::signins).polls >= polls + 3; }));
    poller.stop();
    CHECK(graph_test::signin_ids(world.sink.batches()).size() == 3);
    CHECK(poller.status(FeedName::signins).lateness.p99 < 20min);
    const auto cursor = parsers::parse_rfc3339(poller.status(FeedName::signins).cursor).value();
    CHECK(cursor <= graph_test::clock_now() + graph_ahead);
  }
}

TEST_CASE("hostile graph: rows that appear late are found, their lateness measured, and each is handed over once") {
  World world;
  world.settings.alerts.interval = 10ms;
  world.fake.add_alerts(alert("old", 20min));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return poller.status(FeedName::alerts).polls >= 2; }));
  CHECK(poller.status(FeedName::alerts).lateness.rows == 0);
  world.fake.add_alerts(alert("late", 10min) + alert("later", 25min));
  REQUIRE(eventually([&] { return world.alerts().size() == 3; }));
  const auto polls = poller.status(FeedName::alerts).polls;
  REQUIRE(eventually([&] { return poller.status(FeedName::alerts).polls >= polls + 3; }));
  poller.stop();
  const auto status = poller.status(FeedName::alerts);
  CHECK(status.lateness.rows == 2);
  CHECK(status.lateness.p50 >= 10min);
  CHECK(status.lateness.p99 >= 25min);
  CHECK(status.fresh == 3);
  CHECK(graph_test::alert_ids(world.sink.batches()).size() == 3);
}

TEST_CASE("hostile graph: rows that appear hours after the overlap are found by the sweep, each once") {
  for (const bool is_alerts : {true, false}) {
    CAPTURE(is_alerts);
    World world;
    if (!is_alerts) world.only_signins();
    auto& settings = is_alerts ? world.settings.alerts : world.settings.signins;
    settings.interval = 10ms;
    settings.overlap = 30min;
    settings.sweep = 24h;
    const FeedName feed = is_alerts ? FeedName::alerts : FeedName::signins;
    const auto add = [&](const std::string& id, std::chrono::seconds ago) {
      is_alerts ? world.fake.add_alerts(alert(id, ago)) : world.fake.add_signins(signin(id, ago, false));
    };
    add("early", 25min);
    Poller poller = world.poller();
    poller.start();
    REQUIRE(eventually([&] { return poller.status(feed).polls >= 2; }));
    const std::string cursor = poller.status(feed).cursor;
    add("hours late", 5h);
    add("almost a day late", 23h);
    REQUIRE(eventually([&] { return (is_alerts ? world.alerts() : world.signins()).size() == 3; }));
    const auto polls = poller.status(feed).polls;
    REQUIRE(eventually([&] { return poller.status(feed).polls >= polls + 130; }));  // two rounds
    add("later still", 8h);
    REQUIRE(eventually([&] { return (is_alerts ? world.alerts() : world.signins()).size() == 4; }));
    poller.stop();
    CHECK((is_alerts ? graph_test::alert_ids(world.sink.batches()) : graph_test::signin_ids(world.sink.batches()))
              .size() == 4);
    const auto status = poller.status(feed);
    CHECK(status.last_error == "");
    if (is_alerts) CHECK(status.cursor == cursor);
    // What was there before this process, for all it knows, says nothing about Graph; what came after a round does.
    CHECK(status.lateness.rows == 1);
    CHECK(status.lateness.p99 >= 8h);
  }
}

TEST_CASE("hostile graph: whatever went wrong, the error names the request that Microsoft can look up") {
  const char* faults[] = {
      R"("kind":"reset")",
      R"("kind":"reset","stage":"body")",
      R"("kind":"half_body")",
      R"("kind":"garbage")",
      R"("kind":"loop")",
      R"("kind":"next_link","url":"https://attacker.example/x")",
      R"("kind":"partial")",
      R"("kind":"status","status":302)",
      R"("kind":"status","status":400)",
      R"("kind":"status","status":429)",
      R"("kind":"status","status":503)",
  };
  for (const std::string path : {"/v1.0/security", "/v1.0/audit", "/contoso.com/oauth2"}) {
    for (const char* fault : faults) {
      CAPTURE(path);
      CAPTURE(fault);
      World world;
      const bool is_alerts = path != "/v1.0/audit";
      const bool of_token = path == "/contoso.com/oauth2";
      if (of_token && (holds(fault, "loop") || holds(fault, "next_link") || holds(fault, "partial"))) continue;
      if (!is_alerts) world.only_signins();
      world.settings.limits.retry_base = world.settings.limits.retry_cap = 1h;
      world.fake.add_alerts(rows(3, true));
      world.fake.add_signins(rows(3, false));
      world.fake.fault(R"({"path":")" + path + R"(","times":1000,)" + fault + "}");
      Poller poller = world.poller();
      poller.start();
      const FeedName feed = is_alerts ? FeedName::alerts : FeedName::signins;
      REQUIRE(
          eventually([&] { return !poller.status(feed).last_error.empty() || !poller.status(feed).warnings.empty(); }));
      poller.stop();
      const auto status = poller.status(feed);
      const std::string told = status.last_error.empty() ? status.warnings.front() : status.last_error;
      CAPTURE(told);
      const auto at = told.find("client-request-id ");
      REQUIRE(at != std::string::npos);
      const std::string id = told.substr(at + 18, 36);
      CHECK(id.find_first_not_of("0123456789abcdef-") == std::string::npos);
      const auto seen = world.fake.requests("/");
      CHECK(std::any_of(seen.begin(), seen.end(),
                        [&](const auto& one) { return one.at("headers").at("client-request-id").as_string() == id; }));
    }
  }
}

TEST_CASE("hostile graph: an alert that grows is handed over again with its new evidence") {
  World world;
  world.settings.alerts.interval = 10ms;
  world.fake.add_alerts(alert("a", 10min));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(world.sink.wait_for(has_cursor));
  world.fake.add_alerts(
      R"({"id":"a","title":"t","createdDateTime":")" + graph_test::stamp(10min) + R"(","lastUpdateDateTime":")" +
      graph_test::stamp(1min) +
      R"(","evidence":[{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"https://x.example/"}]})");
  CHECK(world.sink.wait_for([](const auto& batches) {
    return std::any_of(batches.begin(), batches.end(), [](const auto& batch) {
      return !batch.alerts.empty() && batch.alerts.back().urls == std::vector<std::string>{"https://x.example/"};
    });
  }));
}

TEST_CASE("users: all of them come once, then what changed, and a forgotten deltaLink begins anew") {
  World world({"--page-size", "2"});
  world.settings.alerts.enabled = false;
  world.settings.users.enabled = true;
  world.settings.users.interval = 10ms;
  world.fake.add_users(
      R"([{"id":"1","userPrincipalName":"a@contoso.com"},{"id":"2","userPrincipalName":"b@contoso.com"},
                           {"id":"3","userPrincipalName":"c@contoso.com"}])");
  Poller poller = world.poller();
  poller.start();
  REQUIRE(world.sink.wait_for(has_cursor));
  const auto first = world.sink.batches();
  CHECK(first.front().users_begin_anew);
  CHECK(first.front().feed == FeedName::users);
  std::size_t users = 0;
  for (const auto& batch : first) users += batch.users.size();
  CHECK(users == 3);
  world.fake.add_users(R"([{"id":"2","@removed":{"reason":"changed"}}])");
  REQUIRE(world.sink.wait_for([](const auto& batches) {
    return std::any_of(batches.begin(), batches.end(),
                       [](const auto& batch) { return !batch.users.empty() && batch.users[0].removed; });
  }));
  poller.stop();
  const std::string cursor = world.sink.batches().back().cursor;
  CHECK(holds(cursor, "$deltatoken=4"));

  World forgetful({"--forget-deltas"});
  forgetful.settings.alerts.enabled = false;
  forgetful.settings.users.enabled = true;
  forgetful.fake.add_users(R"([{"id":"1","userPrincipalName":"a@contoso.com"}])");
  graph::Cursors cursors;
  cursors.users = forgetful.fake.url() + "/v1.0/users/delta?$deltatoken=4";
  Poller again(forgetful.settings, forgetful.sink, cursors, graph_test::clock_now);
  again.start();
  REQUIRE(forgetful.sink.wait_for(has_cursor));
  CHECK(forgetful.sink.batches().front().users_begin_anew);
  CHECK(again.status(FeedName::users).last_error == "");
}

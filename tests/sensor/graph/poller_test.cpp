#include "sensor/graph/poller.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/sensor/graph/feed_text.h"
#include "tests/sensor/graph/polling.h"

using graph::FeedName;
using graph::Poller;
using graph_test::alert;
using graph_test::alert_ids;
using graph_test::eventually;
using graph_test::has_cursor;
using graph_test::holds;
using graph_test::quick_settings;
using graph_test::RememberingSink;
using graph_test::signin;
using graph_test::signin_ids;
using support::TemporaryDirectory;
using test_support::FakeGraph;
using namespace std::chrono_literals;

namespace {

struct World {
  explicit World(std::vector<std::string> options = {})
      : fake(std::move(options)), settings(quick_settings(fake.url(), directory)) {}

  Poller poller(const std::string& alerts_cursor = "", const std::string& signins_cursor = "") {
    return Poller(settings, sink, {alerts_cursor, signins_cursor, "", "", ""}, graph_test::clock_now);
  }
  void only_signins(bool non_interactive) {
    settings.alerts.enabled = false;
    settings.signins.enabled = true;
    settings.signins.non_interactive = non_interactive;
  }

  TemporaryDirectory directory;
  FakeGraph fake;
  graph::Settings settings;
  RememberingSink sink;
};

// The cursor of alerts follows their pages, so it alone does not say that a poll came to its end.
bool polled(const Poller& poller) {
  return eventually([&] { return poller.status(FeedName::alerts).polls >= 1; });
}

std::string many_alerts(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += alert("a" + std::to_string(i), std::chrono::seconds(3600 - i)) + "\n";
  return out;
}

}  // namespace

TEST_CASE("poller: alerts are read to the end by moving the time bound, each once, and the cursor comes last") {
  World world;
  world.settings.limits.page_size = 7;
  world.fake.add_alerts(many_alerts(40));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(polled(poller));
  poller.stop();
  auto ids = alert_ids(world.sink.batches());
  CHECK(ids.size() == 40);
  std::sort(ids.begin(), ids.end());
  CHECK(std::unique(ids.begin(), ids.end()) == ids.end());
  const auto batches = world.sink.batches();
  std::vector<std::string> cursors;
  for (const auto& batch : batches) cursors.push_back(batch.cursor);
  CHECK(cursors.size() >= 6);
  CHECK(std::is_sorted(cursors.begin(), cursors.end()));
  const auto status = poller.status(FeedName::alerts);
  CHECK(status.polls == 1);
  CHECK(status.last_error == "");
  CHECK(status.last_success.has_value());
  CHECK(status.next_poll.has_value());
  CHECK(status.records >= 40);
  CHECK(status.cursor == batches.back().cursor);
  CHECK(poller.status(FeedName::signins).polls == 0);
}

TEST_CASE("poller: one connection and one token serve a whole poll, and every request has an id of its own") {
  World world;
  world.settings.limits.page_size = 7;
  world.fake.add_alerts(many_alerts(20));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(polled(poller));
  poller.stop();
  CHECK(world.fake.requests("/contoso.com/oauth2").size() == 1);
  const auto requests = world.fake.requests("/v1.0/security/alerts_v2");
  REQUIRE(requests.size() >= 3);
  std::vector<std::string> request_ids;
  for (const auto& request : requests) {
    CHECK(request.at("connection") == requests[0].at("connection"));
    const auto& headers = request.at("headers").as_object();
    CHECK(headers.at("Prefer").as_string() == "include-unknown-enum-members");
    request_ids.emplace_back(headers.at("client-request-id").as_string());
  }
  std::sort(request_ids.begin(), request_ids.end());
  CHECK(std::unique(request_ids.begin(), request_ids.end()) == request_ids.end());
  CHECK(alert_ids(world.sink.batches()).size() == 20);
  CHECK(world.sink.batches().front().alerts.front().service_source == "microsoftSentinel");
}

TEST_CASE("poller: alerts are also read by nextLink where Graph sends one") {
  World world({"--alerts-next-link", "--page-size", "5"});
  world.fake.add_alerts(many_alerts(23));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(polled(poller));
  poller.stop();
  CHECK(alert_ids(world.sink.batches()).size() == 23);
}

TEST_CASE("poller: a limit of Graph's own below the page size that was asked for hides no alert") {
  World world({"--page-size", "60"});
  world.fake.add_alerts(many_alerts(200));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(polled(poller));
  poller.stop();
  CHECK(alert_ids(world.sink.batches()).size() == 200);
}

TEST_CASE("poller: a restart resumes from its cursor and reads the overlap again") {
  World world;
  world.fake.add_alerts(alert("old", 5h) + alert("recent", 50min) + alert("new", 30min));
  {
    Poller poller = world.poller();
    poller.start();
    REQUIRE(world.sink.wait_for(has_cursor));
  }
  const std::string cursor = world.sink.batches().back().cursor;
  CHECK(alert_ids(world.sink.batches()) == std::vector<std::string>{"old", "recent", "new"});
  world.fake.add_alerts(alert("late", 45min) + alert("later", 1min));
  RememberingSink second;
  Poller poller(world.settings, second, {cursor, "", "", "", ""}, graph_test::clock_now);
  CHECK(poller.status(FeedName::alerts).cursor == cursor);
  poller.start();
  REQUIRE(second.wait_for(has_cursor));
  CHECK(alert_ids(second.batches()) == std::vector<std::string>{"recent", "late", "new", "later"});
  CHECK(second.batches().back().cursor > cursor);
}

TEST_CASE("poller: polls repeat at their interval") {
  World world;
  world.settings.alerts.interval = 10ms;
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return poller.status(FeedName::alerts).polls >= 2; }));
  world.fake.add_alerts(alert("a", 1min));
  CHECK(world.sink.wait_for([](const auto& batches) { return !alert_ids(batches).empty(); }));
}

TEST_CASE("poller: sign-ins come from v1.0 page by page and from beta when asked for") {
  World world({"--page-size", "3"});
  world.only_signins(true);
  std::string rows;
  for (int i = 0; i < 10; ++i) rows += signin("i" + std::to_string(i), 1200s - std::chrono::seconds(i));
  for (int i = 0; i < 4; ++i) rows += signin("n" + std::to_string(i), 1100s - std::chrono::seconds(i), false);
  world.fake.add_signins(rows);
  Poller poller = world.poller();
  poller.start();
  REQUIRE(world.sink.wait_for(has_cursor));
  poller.stop();
  CHECK(signin_ids(world.sink.batches()).size() == 14);
  CHECK(poller.status(FeedName::signins).last_error == "");
  CHECK(poller.status(FeedName::signins).warnings.empty());
}

TEST_CASE("poller: a refused beta leaves interactive sign-ins and a warning") {
  World world;
  world.only_signins(true);
  world.settings.signins.interval = 10ms;
  world.fake.add_signins(signin("i", 20min) + signin("n", 20min, false));
  world.fake.fault(R"({"path":"/beta","status":403,"times":1000})");
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return poller.status(FeedName::signins).polls >= 3; }));
  poller.stop();
  const auto status = poller.status(FeedName::signins);
  CHECK(status.warnings.size() == 1);
  CHECK(status.last_error == "");
  CHECK(signin_ids(world.sink.batches()).front() == "i");
  CHECK(world.fake.requests("/beta").size() == 1);
}

TEST_CASE("poller: a token that Graph no longer accepts is renewed once, at once") {
  World world;
  world.settings.alerts.interval = 10ms;
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return poller.status(FeedName::alerts).polls >= 1; }));
  world.fake.revoke_tokens();
  const auto polls = poller.status(FeedName::alerts).polls;
  REQUIRE(eventually([&] { return poller.status(FeedName::alerts).polls >= polls + 2; }));
  poller.stop();
  CHECK(poller.status(FeedName::alerts).last_error == "");
  CHECK(world.fake.requests("/contoso.com/oauth2").size() == 2);
}

TEST_CASE("poller: a token is renewed before it expires") {
  World world({"--token-lifetime", "1"});
  world.settings.alerts.interval = 10ms;
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return world.fake.requests("/contoso.com/oauth2").size() >= 3; }));
  poller.stop();
  CHECK(poller.status(FeedName::alerts).last_error == "");
}

TEST_CASE("poller: 401 to a fresh token too is an error, not a loop") {
  World world;
  world.settings.limits.retry_base = world.settings.limits.retry_cap = 1h;
  world.fake.fault(R"({"path":"/v1.0","status":401,"times":1000})");
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return !poller.status(FeedName::alerts).last_error.empty(); }));
  poller.stop();
  CHECK(holds(poller.status(FeedName::alerts).last_error, "401"));
  CHECK(world.fake.requests("/v1.0").size() == 2);
  CHECK(world.fake.requests("/contoso.com/oauth2").size() == 2);
}

TEST_CASE("poller: 429 is counted and its Retry-After is kept") {
  World world;
  world.fake.add_alerts(alert("a", 1min));
  world.fake.fault(R"({"path":"/v1.0","status":429,"times":2,"retry_after":1})");
  const auto begin = std::chrono::steady_clock::now();
  Poller poller = world.poller();
  poller.start();
  REQUIRE(world.sink.wait_for(has_cursor));
  CHECK(std::chrono::steady_clock::now() - begin >= 2s);
  poller.stop();
  CHECK(poller.status(FeedName::alerts).throttled == 2);
  CHECK(alert_ids(world.sink.batches()) == std::vector<std::string>{"a"});
}

TEST_CASE("poller: failures of any kind are tried again and nothing is lost or skipped") {
  struct Row {
    const char *name, *fault;
  };
  const Row rows[] = {
      {"500", R"({"path":"/v1.0","status":500,"times":4})"},
      {"504 with an empty message", R"({"path":"/v1.0","status":504})"},
      {"403 now and then", R"({"path":"/v1.0","status":403})"},
      {"reset", R"({"path":"/v1.0","kind":"reset","times":2})"},
      {"half a page", R"({"path":"/v1.0","kind":"half_body"})"},
      {"half of the second page", R"({"path":"/v1.0","kind":"half_body","after":1,"times":2})"},
      {"no JSON", R"({"path":"/v1.0","kind":"garbage","times":2})"},
      {"half JSON in a whole body", R"({"path":"/v1.0","kind":"garbage","body":"{\"value\":[{\"id\":\"a1"})"},
      {"token endpoint down", R"({"path":"/contoso.com","status":503,"times":2})"},
      {"token endpoint reset", R"({"path":"/contoso.com","kind":"reset"})"},
      {"token endpoint sends no token", R"({"path":"/contoso.com","kind":"garbage"})"},
  };
  World world;
  world.settings.limits.page_size = 8;
  world.fake.add_alerts(many_alerts(20));
  for (const Row& row : rows) {
    CAPTURE(row.name);
    world.fake.fault(row.fault);
    RememberingSink sink;
    Poller poller(world.settings, sink, {}, graph_test::clock_now);
    poller.start();
    REQUIRE(polled(poller));
    poller.stop();
    auto ids = alert_ids(sink.batches());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    CHECK(ids.size() == 20);
    CHECK(poller.status(FeedName::alerts).last_error == "");
    CHECK(world.fake.pending_faults() == 0);
  }
}

TEST_CASE("poller: half a page is taken at once but doesn't move the cursor") {
  World world;
  world.settings.limits.retry_base = world.settings.limits.retry_cap = 1h;
  world.fake.add_alerts(many_alerts(20));
  world.fake.fault(R"({"path":"/v1.0","kind":"half_body"})");
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return !poller.status(FeedName::alerts).last_error.empty(); }));
  poller.stop();
  const auto count = alert_ids(world.sink.batches()).size();
  CHECK(count >= 5);
  CHECK(count < 20);
  CHECK_FALSE(has_cursor(world.sink.batches()));
  CHECK(holds(poller.status(FeedName::alerts).last_error, "client-request-id"));
}

TEST_CASE("poller: a partial answer is taken, said, and leaves the cursor") {
  World world;
  world.fake.add_alerts(alert("a", 1min));
  world.fake.fault(R"({"path":"/v1.0","kind":"partial"})");
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return poller.status(FeedName::alerts).polls == 1; }));
  poller.stop();
  CHECK(alert_ids(world.sink.batches()) == std::vector<std::string>{"a"});
  CHECK_FALSE(has_cursor(world.sink.batches()));
  CHECK(holds(poller.status(FeedName::alerts).last_error, "206"));
  CHECK_FALSE(poller.status(FeedName::alerts).last_success.has_value());
}

TEST_CASE("poller: a foreign nextLink is refused and named, and no other host is asked") {
  World world;
  FakeGraph other;
  world.only_signins(false);
  world.settings.limits.retry_base = world.settings.limits.retry_cap = 1h;
  world.fake.add_signins(signin("i", 20min));
  world.fake.fault(R"({"path":"/v1.0","kind":"next_link","url":")" + other.url() +
                   R"(/v1.0/auditLogs/signIns?$skiptoken=1"})");
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return !poller.status(FeedName::signins).last_error.empty(); }));
  poller.stop();
  CHECK(holds(poller.status(FeedName::signins).last_error, other.url() + "/v1.0/auditLogs/signIns"));
  CHECK(other.requests("/").empty());
  CHECK_FALSE(has_cursor(world.sink.batches()));
}

TEST_CASE("poller: the wrong secret is explained without showing it") {
  World world;
  world.settings.client_secret_file = world.directory.write("secret", "0a1b2c3d-not-the-value");
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return !poller.status(FeedName::alerts).last_error.empty(); }));
  const auto error = poller.status(FeedName::alerts).last_error;
  CHECK(holds(error, "AADSTS7000215"));
  CHECK(holds(error, "Paste the secret's value"));
  CHECK_FALSE(holds(error, "0a1b2c3d"));
  world.directory.write("secret", test_support::kFakeSecret);
  CHECK(eventually([&] { return poller.status(FeedName::alerts).polls >= 1; }));
  CHECK(poller.status(FeedName::alerts).last_error == "");
}

TEST_CASE("poller: stop ends a wait and a slow answer at once") {
  const char* const faults[] = {R"({"path":"/v1.0","status":429,"times":100,"retry_after":3000})",
                                R"({"path":"/v1.0","kind":"slow","seconds":3})",
                                R"({"path":"/contoso.com","kind":"slow","seconds":3})"};
  for (const char* fault : faults) {
    CAPTURE(fault);
    World world;
    world.fake.fault(fault);
    Poller poller = world.poller();
    poller.start();
    REQUIRE(eventually([&] { return world.fake.requests("/").size() >= (holds(fault, "contoso") ? 1 : 2); }));
    const auto begin = std::chrono::steady_clock::now();
    poller.stop();
    CHECK(std::chrono::steady_clock::now() - begin < 1s);
    poller.stop();
  }
}

TEST_CASE("poller: an answer that takes too long or is too large is an error with a time and a size limit") {
  {
    World world;
    world.settings.limits.answer_time = 200ms;
    world.settings.limits.retry_base = world.settings.limits.retry_cap = 1h;
    world.fake.fault(R"({"path":"/v1.0","kind":"slow","seconds":2})");
    Poller poller = world.poller();
    poller.start();
    REQUIRE(eventually([&] { return !poller.status(FeedName::alerts).last_error.empty(); }));
    CHECK(holds(poller.status(FeedName::alerts).last_error, "took too long"));
  }
  World world;
  world.settings.limits.body_bytes = 2000;
  world.settings.limits.page_size = 100;
  world.fake.add_alerts(many_alerts(20));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(eventually([&] { return !poller.status(FeedName::alerts).last_error.empty(); }));
  CHECK(holds(poller.status(FeedName::alerts).last_error, "larger than the limit"));
}

TEST_CASE("poller: a request that Graph keeps failing at is asked for in smaller pieces") {
  World world;
  world.settings.limits.page_size = 100;
  world.fake.fault(R"({"path":"/v1.0","status":504,"times":3})");
  world.fake.add_alerts(alert("a", 1min));
  Poller poller = world.poller();
  poller.start();
  REQUIRE(world.sink.wait_for(has_cursor));
  poller.stop();
  const auto requests = world.fake.requests("/v1.0");
  REQUIRE(requests.size() == 4);
  CHECK(requests[2].at("query").at("$top").as_string() == "100");
  CHECK(requests[3].at("query").at("$top").as_string() == "50");
}

TEST_CASE("poller: a feed that waits doesn't hold up the other") {
  World world;
  world.settings.signins.enabled = true;
  world.fake.add_signins(signin("i", 20min));
  world.fake.fault(R"({"path":"/v1.0/security","status":429,"times":100,"retry_after":3000})");
  Poller poller = world.poller();
  poller.start();
  CHECK(world.sink.wait_for([](const auto& batches) { return !signin_ids(batches).empty(); }));
}

TEST_CASE("poller: it polls nothing without a tenant, and says why it can't start") {
  TemporaryDirectory directory;
  RememberingSink sink;
  auto settings = quick_settings("http://graph.example.com", directory);
  {
    Poller poller(settings, sink, {}, graph_test::clock_now);
    poller.start();
    CHECK(holds(poller.status(FeedName::alerts).last_error, "loopback"));
  }
  settings.tenant_id.clear();
  Poller poller(settings, sink, {}, graph_test::clock_now);
  poller.start();
  CHECK(poller.status(FeedName::alerts).last_error == "");
  CHECK(graph::probe(settings).empty());
}

TEST_CASE("poller: nothing that listens is an error that says so, and a host without a name another") {
  TemporaryDirectory directory;
  std::string url;
  {
    FakeGraph gone;
    url = gone.url();
  }
  auto settings = quick_settings(url, directory);
  const auto errors = graph::probe(settings);
  REQUIRE(errors.size() == 1);
  CHECK(holds(errors[0], "connecting"));
  settings.authority = "https://no-such-host.invalid";
  const auto unknown = graph::probe(settings);
  REQUIRE(unknown.size() == 1);
  CHECK(holds(unknown[0], "no-such-host.invalid"));
}

TEST_CASE("probe: it asks each enabled feed for one record and gives a sentence for each that fails") {
  World world;
  world.settings.signins.enabled = world.settings.signins.non_interactive = true;
  CHECK(graph::probe(world.settings).empty());
  CHECK(world.fake.requests("/v1.0").size() == 2);
  CHECK(world.fake.requests("/beta").size() == 1);
  world.fake.fault(
      R"({"path":"/v1.0/security","status":403,"code":"Forbidden","message":"Missing application roles."})");
  const auto errors = graph::probe(world.settings);
  REQUIRE(errors.size() == 1);
  CHECK(holds(errors[0], "SecurityAlert.Read.All"));
}

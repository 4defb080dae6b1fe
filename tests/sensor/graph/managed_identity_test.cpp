#include "sensor/graph/managed_identity.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/sensor/graph/feed_text.h"
#include "tests/sensor/graph/polling.h"

using graph::FeedName;
using graph_test::holds;
using support::TemporaryDirectory;
using test_support::FakeGraph;

namespace {

graph::HttpResponse challenge(const std::string& value) { return {401, {{"WWW-Authenticate", value}}, "", ""}; }

graph::Settings identity_settings(const FakeGraph& fake, const TemporaryDirectory& directory) {
  auto settings = graph_test::quick_settings(fake.url(), directory);
  settings.client_secret_file.clear();
  settings.client_id.clear();
  settings.managed_identity = true;
  return settings;
}

}  // namespace

TEST_CASE("managed identity: Azure's service is asked at its own address, with the header that it wants") {
  graph::Settings settings;
  settings.endpoint = "https://graph.microsoft.us";
  settings.client_id = "an id";
  const auto service = graph::identity_service(settings);
  REQUIRE(service.has_value());
  const auto request = graph::identity_request(*service, settings, "");
  CHECK(request.origin.text() == "http://169.254.169.254");
  CHECK(request.target ==
        "/metadata/identity/oauth2/"
        "token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.us&client_id=an%20id");
  CHECK(request.direct);
  CHECK(request.headers.at(0).name == "Metadata");
  CHECK(request.headers.size() == 1);
}

TEST_CASE("managed identity: Azure Arc's agent is on this machine, or it isn't Arc") {
  graph::Settings settings;
  settings.arc = "http://localhost:40342/metadata/identity/oauth2/token";
  REQUIRE(graph::identity_service(settings).has_value());
  CHECK(graph::identity_service(settings)->arc);
  settings.arc = "https://192.0.2.1:40342/metadata/identity/oauth2/token";
  CHECK(holds(graph::identity_service(settings).error().detail, "not on this machine"));
  settings.arc = "http://192.0.2.1:40342";
  CHECK_FALSE(graph::identity_service(settings).has_value());
  const TemporaryDirectory directory;
  settings.arc.clear();
  settings.arc_agent = directory.write("himds", "");
  REQUIRE(graph::identity_service(settings).has_value());
  CHECK(graph::identity_service(settings)->arc);
  CHECK(graph::identity_service(settings)->origin.text() == "http://127.0.0.1:40342");
}

TEST_CASE("managed identity: Arc's challenge is met with a key file of its directory and with no other file") {
  const TemporaryDirectory directory;
  directory.write("a.key", "the key");
  directory.write("a.txt", "no key");
  directory.write("long.key", std::string(5000, 'x'));
  const std::string folder = directory.path();
  const auto answer = [&](const std::string& value) { return graph::arc_authorization(challenge(value), folder); };
  REQUIRE(answer("Basic realm=" + folder + "/a.key").has_value());
  CHECK(*answer("Basic realm=" + folder + "/a.key") == "Basic the key");
  CHECK(answer("Basic realm=\"" + folder + "/a.key\"").has_value());
  const std::vector<std::string> refused = {"Basic realm=" + folder + "/a.txt",
                                            "Basic realm=" + folder + "/../a.key",
                                            "Basic realm=/etc/passwd",
                                            "Basic realm=" + folder + "/sub/a.key",
                                            "Basic realm=" + folder + "/long.key",
                                            "Bearer x",
                                            "Basic realm=" + folder + "/absent.key",
                                            ""};
  for (const std::string& bad : refused) {
    CAPTURE(bad);
    CHECK_FALSE(answer(bad).has_value());
  }
}

TEST_CASE("managed identity: a poller lives on the tokens of either service, and never through a proxy") {
  for (const bool arc : {false, true}) {
    CAPTURE(arc);
    TemporaryDirectory directory;
    FakeGraph fake(arc ? std::vector<std::string>{"--arc-keys", directory.path()} : std::vector<std::string>{});
    auto settings = identity_settings(fake, directory);
    (arc ? settings.arc : settings.imds) = fake.url();
    settings.arc_key_directory = directory.path();
    fake.add_alerts(graph_test::alert("a", std::chrono::seconds(60)));
    graph_test::RememberingSink sink;
    graph::Poller poller(settings, sink, {}, graph_test::clock_now);
    poller.start();
    REQUIRE(sink.wait_for(graph_test::has_cursor));
    poller.stop();
    CHECK(std::string(poller.credential().kind) == "managed_identity");
    CHECK(fake.requests("/metadata").size() == (arc ? 2 : 1));
    CHECK(fake.requests("/contoso.com").empty());

    settings.proxy = "http://127.0.0.1:1";
    settings.limits.retry_base = settings.limits.retry_cap = std::chrono::hours(1);
    const auto asked = fake.requests("/metadata").size();
    graph::Poller behind(settings, sink, {}, graph_test::clock_now);
    behind.start();
    REQUIRE(graph_test::eventually([&] { return !behind.status(FeedName::alerts).last_error.empty(); }));
    CHECK(fake.requests("/metadata").size() > asked);
    CHECK(holds(behind.status(FeedName::alerts).last_error, "proxy 127.0.0.1:1"));
  }
}

TEST_CASE("managed identity: a machine without one is told what to do") {
  TemporaryDirectory directory;
  FakeGraph fake;
  auto settings = identity_settings(fake, directory);
  settings.imds = "http://127.0.0.1:1";
  const auto nobody = graph::probe(settings);
  REQUIRE(nobody.size() == 1);
  CHECK(holds(nobody[0], "managed_identity works on Azure's machines"));
  settings.imds = fake.url();
  fake.fault(R"({"path":"/metadata","kind":"garbage","body":"{}"})");
  CHECK(holds(graph::probe(settings).at(0), "no access token"));
}

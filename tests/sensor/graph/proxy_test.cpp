#include "sensor/graph/proxy.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/sensor/graph/certificates.h"
#include "tests/sensor/graph/feed_text.h"
#include "tests/sensor/graph/polling.h"

using graph::read_proxy;
using graph_test::holds;
using support::TemporaryDirectory;

namespace {

const graph::Origin kGraph{true, "graph.microsoft.com", 443};

graph::Settings configured_proxy(const std::string& url) {
  graph::Settings settings;
  settings.proxy = url;
  return settings;
}

std::string route(const graph::ProxyRules& rules, const std::string& host, std::uint16_t port = 443) {
  const auto* proxy = rules.for_origin({true, host, port});
  return proxy == nullptr ? "direct" : proxy->place();
}

}  // namespace

TEST_CASE("proxy: the configuration's proxy is for everything, the environment's for what NO_PROXY leaves") {
  const auto none = read_proxy({}, {});
  REQUIRE(none.has_value());
  CHECK(none->for_origin(kGraph) == nullptr);

  const auto configured = read_proxy(configured_proxy("http://Proxy.example.com:8080/"), {"http://other:1", "*"});
  REQUIRE(configured.has_value());
  CHECK(route(*configured, "graph.microsoft.com") == "proxy.example.com:8080");
  CHECK(route(*configured, "localhost") == "proxy.example.com:8080");

  const auto from_environment = read_proxy({}, {"http://us%40er:p%3Ass@10.0.0.9:3128",
                                                "example.com, .contoso.com,192.0.2.0/24,198.51.100.7 login.test:8443"});
  REQUIRE(from_environment.has_value());
  struct Row {
    const char* host;
    std::uint16_t port;
    const char* route;
  };
  const Row rows[] = {
      {"graph.microsoft.com", 443, "10.0.0.9:3128"},
      {"example.com", 443, "direct"},
      {"a.example.com", 443, "direct"},
      {"notexample.com", 443, "10.0.0.9:3128"},
      {"contoso.com", 443, "direct"},
      {"graph.contoso.com", 443, "direct"},
      {"192.0.2.200", 443, "direct"},
      {"192.0.3.1", 443, "10.0.0.9:3128"},
      {"198.51.100.7", 443, "direct"},
      {"login.test", 8443, "direct"},
      {"login.test", 443, "10.0.0.9:3128"},
      {"localhost", 443, "direct"},
      {"127.0.0.1", 443, "direct"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CHECK(route(*from_environment, row.host, row.port) == row.route);
  }
  CHECK(from_environment->proxy->authorization == "Basic dXNAZXI6cDpzcw==");
  CHECK(route(*read_proxy({}, {"proxy.example.com", ""}), "graph.microsoft.com") == "proxy.example.com:3128");
  CHECK(route(*read_proxy({}, {"http://[2001:db8::1]", ""}), "graph.microsoft.com") == "[2001:db8::1]:3128");
  CHECK(route(*read_proxy({}, {"http://[2001:db8::1]:80", "*"}), "graph.microsoft.com") == "direct");
}

TEST_CASE("proxy: its password stands in a file of its own and in no error") {
  const TemporaryDirectory directory;
  const auto inside = read_proxy(configured_proxy("http://user:hunter2@proxy.example.com:3128"), {});
  REQUIRE_FALSE(inside.has_value());
  CHECK(holds(inside.error().detail, "proxy_credentials_file"));
  CHECK_FALSE(holds(inside.error().detail, "hunter2"));
  graph::Settings settings = configured_proxy("http://proxy.example.com:3128");
  settings.proxy_credentials_file = directory.write("proxy", "user:pa ss\n");
  const auto rules = read_proxy(settings, {});
  REQUIRE(rules.has_value());
  CHECK(rules->proxy->authorization == "Basic dXNlcjpwYSBzcw==");
  settings.proxy_credentials_file = directory.write("open", "user:pass", 0644);
  CHECK(std::string(read_proxy(settings, {}).error().code) == "secret_open_to_all");
  for (const char* bad : {"https://proxy:1", "socks5://proxy:1", "http://", "http://proxy:0", "http://proxy:99999",
                          "http://proxy/path"}) {
    CAPTURE(bad);
    CHECK_FALSE(read_proxy(configured_proxy(bad), {}).has_value());
  }
}

TEST_CASE("proxy: Graph and the token endpoint are reached through its tunnels, under their own names over TLS") {
  if (graph_test::without_openssl()) return;
  TemporaryDirectory directory;
  REQUIRE(graph_test::run_quietly(
      "cd '" + directory.path() +
      "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem "
      "-days 2 "
      "-subj '/CN=test' -addext subjectAltName=DNS:graph.example.com,DNS:login.example.com,DNS:localhost"));
  test_support::FakeGraph fake({"--tls-cert", directory / "server.pem", "--tls-key", directory / "server.key"});
  fake.trust(directory / "server.pem");
  test_support::Helper proxy("fake_proxy.py", {"--to", fake.address(), "--credentials", "user:secret word"});
  auto settings = graph_test::quick_settings("https://graph.example.com", directory);
  settings.authority = "https://login.example.com:8443";
  settings.ca_file = directory / "server.pem";
  settings.proxy = "http://" + proxy.address();
  settings.limits.retry_base = settings.limits.retry_cap = std::chrono::milliseconds(10);
  const auto refused = graph::probe(settings);
  REQUIRE(refused.size() == 1);
  CHECK(holds(refused[0], "answered 407"));
  CHECK(holds(refused[0], "proxy_credentials_file"));

  settings.proxy_credentials_file = directory.write("wrong", "user:hunter2");
  CHECK(holds(graph::probe(settings).at(0), "does not accept the user"));
  CHECK_FALSE(holds(graph::probe(settings).at(0), "hunter2"));

  settings.proxy_credentials_file = directory.write("right", "user:secret word\n");
  fake.add_alerts(graph_test::alert("a", std::chrono::seconds(60)));
  graph_test::RememberingSink sink;
  graph::Poller poller(settings, sink, {}, graph_test::clock_now);
  poller.start();
  REQUIRE(sink.wait_for(graph_test::has_cursor));
  poller.stop();
  CHECK(graph_test::alert_ids(sink.batches()) == std::vector<std::string>{"a"});
  CHECK(fake.requests("/contoso.com").size() == 1);

  test_support::Helper closed("fake_proxy.py", {"--to", fake.address(), "--status", "403"});
  settings.proxy = "http://" + closed.address();
  CHECK(holds(graph::probe(settings).at(0), "answered 403 to CONNECT login.example.com:8443"));
}

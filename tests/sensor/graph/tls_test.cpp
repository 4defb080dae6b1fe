#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "sensor/graph/http_client.h"
#include "tests/sensor/graph/feed_text.h"
#include "tests/sensor/graph/polling.h"

using graph_test::holds;
using support::TemporaryDirectory;
using test_support::FakeGraph;

namespace {

// A CA and a server certificate that it signed for `name` ("DNS:localhost"), made by the openssl command line.
struct Certificates {
  explicit Certificates(const std::string& name, const std::string& validity = "-days 2") {
    const std::string in = "cd '" + directory.path() + "' && ";
    directory.write("extensions", "subjectAltName=" + name + "\nbasicConstraints=CA:FALSE\n");
    made =
        run(in +
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 "
            "-subj '/CN=Lurewatch test CA' -addext basicConstraints=critical,CA:TRUE") &&
        run(in +
            "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr "
            "-subj '/CN=server'") &&
        run(in +
            "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem "
            "-extfile extensions " +
            validity);
  }
  static bool run(const std::string& command) {
    return std::system(("(" + command + ") >/dev/null 2>&1").c_str()) == 0;
  }
  std::vector<std::string> server_options() const {
    return {"--tls-cert", directory / "server.pem", "--tls-key", directory / "server.key"};
  }
  std::string ca() const { return directory / "ca.pem"; }

  TemporaryDirectory directory;
  bool made = false;
};

bool without_openssl() {
  if (Certificates::run("openssl version")) return false;
  std::puts("skipped: the openssl command line is missing");
  return true;
}

parsers::Result<graph::HttpResponse> get(const std::string& url, const std::string& ca_file,
                                         graph::Limits limits = {}) {
  graph::HttpClient client(limits, ca_file);
  return client.send({"GET", *graph::parse_origin(url), "/_control/requests", {}, ""});
}

}  // namespace

TEST_CASE("tls: a server that ca_file vouches for is trusted, by name and by address, and any other isn't") {
  if (without_openssl()) return;
  const Certificates certificates("DNS:localhost,IP:127.0.0.1");
  REQUIRE(certificates.made);
  FakeGraph fake(certificates.server_options());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    CAPTURE(host);
    const std::string url = "https://" + std::string(host) + ":" + fake.port();
    const auto trusted = get(url, certificates.ca());
    REQUIRE(trusted.has_value());
    CHECK(trusted->status == 200);
  }
  const std::string url = "https://localhost:" + fake.port();
  const auto unknown = get(url, "");
  REQUIRE(unknown.has_error());
  CHECK(std::string(unknown.error().code) == "tls");
  CHECK(holds(unknown.error().detail, "ca_file"));

  const Certificates others("DNS:localhost");
  const auto other_ca = get(url, others.ca());
  REQUIRE(other_ca.has_error());
  CHECK(std::string(other_ca.error().code) == "tls");
}

TEST_CASE("tls: a certificate for another name or address is refused") {
  if (without_openssl()) return;
  const Certificates certificates("DNS:graph.example.com,DNS:localhost.example.com");
  REQUIRE(certificates.made);
  FakeGraph fake(certificates.server_options());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    CAPTURE(host);
    const auto refused = get("https://" + std::string(host) + ":" + fake.port(), certificates.ca());
    REQUIRE(refused.has_error());
    CHECK(std::string(refused.error().code) == "tls");
    CHECK(holds(refused.error().detail, "another name"));
  }
}

TEST_CASE("tls: an expired certificate is refused with a look at the clock") {
  if (without_openssl()) return;
  const Certificates certificates("DNS:localhost", "-days -1");
  if (!certificates.made) {
    std::puts("skipped: this openssl makes no expired certificates");
    return;
  }
  FakeGraph fake(certificates.server_options());
  const auto refused = get("https://localhost:" + fake.port(), certificates.ca());
  REQUIRE(refused.has_error());
  CHECK(holds(refused.error().detail, "clock"));
}

TEST_CASE("tls: plain http on the other side, and a ca_file that can't be read, are errors of their own") {
  if (without_openssl()) return;
  FakeGraph plain;
  CHECK(get("https://localhost:" + plain.port(), "").has_error());
  const TemporaryDirectory directory;
  const auto missing = get("https://localhost:" + plain.port(), directory / "absent.pem");
  REQUIRE(missing.has_error());
  CHECK(std::string(missing.error().code) == "ca_file");
  CHECK(holds(missing.error().detail, "absent.pem"));
}

TEST_CASE("tls: a poll works over TLS, and half a page is still half a page") {
  if (without_openssl()) return;
  const Certificates certificates("DNS:localhost");
  REQUIRE(certificates.made);
  FakeGraph fake(certificates.server_options());
  TemporaryDirectory directory;
  auto settings = graph_test::quick_settings("https://localhost:" + fake.port(), directory);
  settings.ca_file = certificates.ca();
  fake.trust(certificates.ca());
  fake.add_alerts(graph_test::alert("a", std::chrono::seconds(60)) + graph_test::alert("b", std::chrono::seconds(50)));
  fake.fault(R"({"path":"/v1.0","kind":"half_body"})");
  graph_test::RememberingSink sink;
  graph::Poller poller(settings, sink, {}, graph_test::clock_now);
  poller.start();
  REQUIRE(sink.wait_for(graph_test::has_cursor));
  poller.stop();
  CHECK(graph_test::alert_ids(sink.batches()).size() == 2);
  CHECK(poller.status(graph::FeedName::alerts).last_error == "");
  const auto requests = fake.requests("/v1.0");
  CHECK(requests.size() == 2);
}

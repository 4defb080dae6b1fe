#include "sensor/graph/certificate.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <boost/json.hpp>
#include <string>

#include "sensor/graph/token.h"
#include "tests/sensor/graph/certificates.h"
#include "tests/sensor/graph/feed_text.h"
#include "tests/sensor/graph/polling.h"

using graph::Certificate;
using graph_test::holds;
using graph_test::make_pair;
using graph_test::run_quietly;
using graph_test::without_openssl;
using support::TemporaryDirectory;

namespace {

std::string decoded_part(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const std::size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string out(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

struct Parts {
  explicit Parts(const std::string& assertion) {
    const auto first = assertion.find('.'), second = assertion.find('.', first + 1);
    header = boost::json::parse(decoded_part(assertion.substr(0, first))).as_object();
    claims = boost::json::parse(decoded_part(assertion.substr(first + 1, second - first - 1))).as_object();
  }
  boost::json::object header, claims;
};

std::string error_of(const std::string& certificate, const std::string& key) {
  const auto loaded = Certificate::load(certificate, key);
  REQUIRE_FALSE(loaded.has_value());
  return std::string(loaded.error().code) + ": " + loaded.error().detail;
}

}  // namespace

TEST_CASE("certificate: base64url has no padding and no signs that a URL means something by") {
  CHECK(graph::base64url("") == "");
  CHECK(graph::base64url("f") == "Zg");
  CHECK(graph::base64url("\xfb\xff\xfe") == "-__-");
  CHECK(graph::base64("user:pass word") == "dXNlcjpwYXNzIHdvcmQ=");
}

TEST_CASE("certificate: an assertion says who, for whom and how long, and names the certificate's SHA-256") {
  if (without_openssl()) return;
  const TemporaryDirectory directory;
  REQUIRE(make_pair(directory, "app"));
  const auto certificate = Certificate::load(directory / "app.pem", directory / "app.key");
  REQUIRE(certificate.has_value());
  const auto now = graph_test::at("2026-08-20T10:00:00Z");
  const std::string audience = "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token";
  const Parts parts(certificate->assertion("app-id", audience, now, "id-1"));
  CHECK(parts.header.at("alg") == "PS256");
  CHECK(parts.header.at("x5t#S256").as_string() == certificate->thumbprint());
  CHECK(certificate->thumbprint().size() == 43);
  CHECK(parts.claims.at("aud").as_string() == audience);
  CHECK(parts.claims.at("iss") == "app-id");
  CHECK(parts.claims.at("sub") == "app-id");
  CHECK(parts.claims.at("jti") == "id-1");
  CHECK(parts.claims.at("exp").as_int64() - parts.claims.at("nbf").as_int64() == 600);
  CHECK(parts.claims.at("nbf").as_int64() == 1787220000);
}

TEST_CASE("certificate: what can't work is told by name before Entra is asked") {
  if (without_openssl()) return;
  const TemporaryDirectory directory;
  REQUIRE(make_pair(directory, "app"));
  REQUIRE(make_pair(directory, "other"));
  REQUIRE(make_pair(directory, "ec", "ec -pkeyopt ec_paramgen_curve:P-256"));
  REQUIRE(make_pair(directory, "short", "rsa:1024"));
  REQUIRE(run_quietly("cd '" + directory.path() +
                      "' && openssl pkey -in app.key -aes256 -passout pass:x -out locked.key"
                      " && chmod 600 locked.key && cp app.key open.key && chmod 644 open.key"
                      " && cat app.pem app.key > both.pem && chmod 600 both.pem"
                      " && cp both.pem open.pem && chmod 644 open.pem"));
  const auto file = [&](const char* name) { return directory / name; };
  CHECK(Certificate::load(file("both.pem"), "").has_value());
  CHECK(holds(error_of(file("app.pem"), file("other.key")), "key_mismatch"));
  CHECK(holds(error_of(file("app.pem"), file("open.key")), "secret_open_to_all"));
  CHECK(holds(error_of(file("open.pem"), ""), "secret_open_to_all"));
  CHECK(holds(error_of(file("app.pem"), file("locked.key")), "passphrase"));
  CHECK(holds(error_of(file("ec.pem"), file("ec.key")), "no RSA key"));
  CHECK(holds(error_of(file("short.pem"), file("short.key")), "2048"));
  CHECK(holds(error_of(file("app.key"), file("app.key")), "certificate_file"));
  CHECK(holds(error_of(file("app.pem"), file("app.pem")), "can be read by every user"));
  CHECK(holds(error_of(file("absent.pem"), file("app.key")), "absent.pem"));
  CHECK(holds(error_of(file("app.pem"), file("absent.key")), "absent.key"));
}

TEST_CASE("certificate: a certificate that expires within a month is a warning, an expired one too") {
  if (without_openssl()) return;
  const TemporaryDirectory directory;
  REQUIRE(make_pair(directory, "app", "rsa:2048", "-days 90"));
  graph::Settings settings;
  settings.certificate_file = directory / "app.pem";
  settings.private_key_file = directory / "app.key";
  const auto now = graph_test::clock_now();
  const auto fresh = graph::read_credential(settings, now);
  REQUIRE(fresh.has_value());
  CHECK(fresh->expires.has_value());
  CHECK(fresh->warning == "");
  CHECK(holds(graph::read_credential(settings, now + std::chrono::hours(24 * 70))->warning, "expires at"));
  CHECK(holds(graph::read_credential(settings, now + std::chrono::hours(24 * 91))->warning, "expired at"));
  CHECK(holds(graph::read_credential(settings, now - std::chrono::hours(24))->warning, "not valid before"));
}

TEST_CASE("certificate: a poller signs in with it, each time with an assertion of its own, and after a rotation") {
  if (without_openssl()) return;
  TemporaryDirectory directory;
  REQUIRE(make_pair(directory, "app"));
  REQUIRE(make_pair(directory, "other"));
  test_support::FakeGraph fake({"--certificate", directory / "app.pem"});
  auto settings = graph_test::quick_settings(fake.url(), directory);
  settings.client_secret_file.clear();
  settings.certificate_file = directory / "other.pem";
  settings.private_key_file = directory / "other.key";
  settings.alerts.interval = std::chrono::milliseconds(10);
  fake.add_alerts(graph_test::alert("a", std::chrono::seconds(60)));
  graph_test::RememberingSink sink;
  graph::Poller poller(settings, sink, {}, graph_test::clock_now);
  poller.start();
  REQUIRE(graph_test::eventually([&] { return !poller.status(graph::FeedName::alerts).last_error.empty(); }));
  CHECK(holds(poller.status(graph::FeedName::alerts).last_error, "not registered with this application"));
  REQUIRE(run_quietly("cd '" + directory.path() + "' && cp app.key other.key && cp app.pem other.pem"));
  REQUIRE(sink.wait_for(graph_test::has_cursor));
  fake.revoke_tokens();
  const auto polls = poller.status(graph::FeedName::alerts).polls;
  REQUIRE(graph_test::eventually([&] { return poller.status(graph::FeedName::alerts).polls >= polls + 2; }));
  poller.stop();
  CHECK(std::string(poller.credential().kind) == "certificate");
  CHECK(poller.credential().expires.has_value());
}

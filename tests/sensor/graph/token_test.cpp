#include "sensor/graph/token.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tests/sensor/graph/polling.h"
#include "tests/support/temporary_directory.h"

using std::chrono::seconds;

TEST_CASE("token: the secret's file is read without its line break and refused when it can't be right") {
  const support::TemporaryDirectory directory;
  struct Row {
    const char* name;
    std::string content;
    unsigned mode;
    const char* secret;  // nullptr: an error
    const char* code;
  };
  const Row rows[] = {
      {"plain", "s3cret~+&", 0600, "s3cret~+&", ""},
      {"line break", "s3cret\n", 0600, "s3cret", ""},
      {"carriage return", "s3cret\r\n", 0640, "s3cret", ""},
      {"blank kept", " s3cret ", 0600, " s3cret ", ""},
      {"longest", std::string(4096, 'x'), 0600, nullptr, "fits"},
      {"too long", std::string(4097, 'x'), 0600, nullptr, "secret_unusable"},
      {"empty", "", 0600, nullptr, "secret_unusable"},
      {"only line breaks", "\n\n", 0600, nullptr, "secret_unusable"},
      {"two lines", "a\nb\n", 0600, nullptr, "secret_unusable"},
      {"NUL", std::string("a\0b", 3), 0600, nullptr, "secret_unusable"},
      {"open to all", "s3cret", 0604, nullptr, "secret_open_to_all"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto path = directory.write("secret", row.content, row.mode);
    const auto secret = graph::read_secret(path);
    if (std::string(row.code) == "fits") {
      CHECK(secret.has_value());
      continue;
    }
    REQUIRE(secret.has_value() == (row.secret != nullptr));
    if (secret) CHECK(*secret == row.secret);
    if (!secret) {
      CHECK(std::string(secret.error().code) == row.code);
      CHECK(secret.error().detail.find(path) != std::string::npos);
      if (row.content.size() > 3) CHECK(secret.error().detail.find(row.content) == std::string::npos);
    }
    std::filesystem::remove(path);
  }
  CHECK(graph::read_secret(directory / "absent").error().detail.find("No such file") != std::string::npos);
  CHECK(std::string(graph::read_secret("").error().code) == "secret_missing");
  CHECK(std::string(graph::read_secret(directory.path()).error().code) == "secret_unusable");
}

TEST_CASE("token: the form escapes what a secret may hold") {
  graph::Settings settings;
  settings.client_id = "app id";
  settings.endpoint = "https://graph.microsoft.com/";
  CHECK(graph::token_form(settings, "a+b&c~d=%") ==
        "client_id=app%20id&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&grant_type=client_credentials&client_"
        "secret="
        "a%2Bb%26c~d%3D%25");
}

TEST_CASE("token: it is renewed five minutes or a tenth of its life before it expires") {
  const graph::SteadyTime now{};
  struct Row {
    const char *name, *body;
    int renew_after;  // seconds; -1: an error
  };
  const Row rows[] = {
      {"an hour", R"({"token_type":"Bearer","expires_in":3600,"access_token":"abc"})", 3300},
      {"a day", R"({"expires_in":86400,"access_token":"abc"})", 86100},
      {"100 s", R"({"expires_in":100,"access_token":"abc"})", 90},
      {"number as text", R"({"expires_in":"100","access_token":"abc"})", 90},
      {"a year is a day", R"({"expires_in":31536000,"access_token":"abc"})", 86100},
      {"negative", R"({"expires_in":-1,"access_token":"abc"})", 0},
      {"absent", R"({"access_token":"abc"})", 0},
      {"no token", R"({"expires_in":3600})", -1},
      {"empty token", R"({"expires_in":3600,"access_token":""})", -1},
      {"header injection", "{\"expires_in\":3600,\"access_token\":\"a\\r\\nX: y\"}", -1},
      {"no object", "[]", -1},
      {"no JSON", "<html>", -1},
      {"nothing", "", -1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto token = graph::parse_token(row.body, now);
    REQUIRE(token.has_value() == (row.renew_after >= 0));
    if (!token) continue;
    CHECK(token->value == "abc");
    CHECK(token->renew_at - now == seconds(row.renew_after));
  }
}

namespace {

graph::SteadyTime clock_of_test{};

struct Source {
  explicit Source(const std::vector<std::string>& options = {})
      : fake(options), settings(graph_test::quick_settings(fake.url(), directory)) {
    clock_of_test = graph::SteadyTime{} + std::chrono::hours(1);
  }
  graph::TokenAnswer ensure() { return source.ensure(graph_test::clock_now()); }
  std::size_t asked() { return fake.requests("/contoso.com/oauth2").size(); }

  support::TemporaryDirectory directory;
  test_support::FakeGraph fake;
  graph::Settings settings;
  graph::HttpClient client{{}, ""};
  graph::TokenSource source{settings, *graph::parse_origin(fake.url()), client, [] { return clock_of_test; }};
};

}  // namespace

TEST_CASE("token: while Entra fails to renew it early, the old one serves until it expires") {
  Source world;
  CHECK(world.ensure().verdict == graph::Verdict::ok);
  const std::string first = world.source.value();
  world.fake.fault(R"({"path":"/contoso.com","status":503,"times":3})");
  clock_of_test += seconds(3400);
  CHECK(world.ensure().verdict == graph::Verdict::ok);
  CHECK(world.source.value() == first);
  CHECK(world.asked() == 2);
  CHECK(world.ensure().verdict == graph::Verdict::ok);
  CHECK(world.asked() == 2);  // not at every request
  clock_of_test += seconds(11);
  CHECK(world.ensure().verdict == graph::Verdict::ok);
  CHECK(world.asked() == 3);
  clock_of_test += seconds(200);
  CHECK(world.ensure().verdict == graph::Verdict::transient);
  CHECK(world.ensure().verdict == graph::Verdict::ok);
  CHECK(world.source.value() != first);
}

TEST_CASE("token: nobody asks for one while Entra wants to be left alone, whichever feed needs it") {
  Source world;
  world.fake.fault(R"({"path":"/contoso.com","status":429,"retry_after":30})");
  CHECK(world.ensure().verdict == graph::Verdict::throttled);
  clock_of_test += seconds(10);
  const auto answer = world.ensure();
  CHECK(answer.verdict == graph::Verdict::throttled);
  CHECK(answer.retry_after == seconds(20));
  CHECK(answer.error.find("429") != std::string::npos);
  CHECK(world.asked() == 1);
  clock_of_test += seconds(20);
  CHECK(world.ensure().verdict == graph::Verdict::ok);
  CHECK(world.asked() == 2);
}

TEST_CASE("token: request ids are random GUIDs of version 4") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto id = graph::new_request_id();
    CHECK(id.size() == 36);
    CHECK(id[14] == '4');
    CHECK(std::string("89ab").find(id[19]) != std::string::npos);
    seen.insert(id);
  }
  CHECK(seen.size() == 100);
}

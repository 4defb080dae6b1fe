#include "sensor/graph/http_client.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sensor/graph/resolve.h"
#include "tests/sensor/graph/polling.h"

namespace {

struct Pieces final : graph::BodySink {
  void take(std::string_view piece) override {
    text += piece;
    largest = std::max(largest, piece.size());
    ++count;
  }
  std::string text;
  std::size_t largest = 0, count = 0;
};

graph::HttpRequest get(const test_support::FakeGraph& fake, const std::string& target) {
  return {"GET", *graph::parse_origin(fake.url()), target, {}, "", false};
}

}  // namespace

TEST_CASE("http: a body goes on in pieces while it arrives, packed or not, and an error's body stays with the answer") {
  for (const bool packed : {false, true}) {
    CAPTURE(packed);
    test_support::FakeGraph fake(packed ? std::vector<std::string>{"--gzip"} : std::vector<std::string>{});
    fake.fault(R"({"path":"/page","kind":"garbage","body":")" + std::string("{'value':[") +
               std::string(2'000'000, 'x') + "\"}");
    graph::HttpClient client({}, "");
    Pieces pieces;
    const auto answer = client.send(get(fake, "/page"), &pieces);
    REQUIRE(answer.has_value());
    CHECK(answer->body == "");
    CHECK(answer->cut == "");
    CHECK(pieces.text.size() == 2'000'010);
    CHECK(pieces.count > 10);
    CHECK(pieces.largest <= 1'000'000);
    const auto refused = client.send(get(fake, "/v1.0/security/alerts_v2"), &pieces);
    REQUIRE(refused.has_value());
    CHECK(refused->status == 401);
    CHECK(refused->body.find("InvalidAuthenticationToken") != std::string::npos);
    CHECK(pieces.text.size() == 2'000'010);
  }
}

TEST_CASE("http: addresses of both families are tried in turn, the resolver's first one first") {
  using Addresses = std::vector<std::string>;
  CHECK(graph::families_in_turn({}) == Addresses{});
  CHECK(graph::families_in_turn({"::1", "::2", "::3", "10.0.0.1"}) == Addresses{"::1", "10.0.0.1", "::2", "::3"});
  CHECK(graph::families_in_turn({"10.0.0.1", "10.0.0.2"}) == Addresses{"10.0.0.1", "10.0.0.2"});
}

#include "sensor/correlate/lures.h"

#include <doctest/doctest.h>

#include "tests/support/facts_made.h"

using namespace correlate;
using namespace std::chrono_literals;
using parsers::UrlMatch;
using support::kNoon;

namespace {

constexpr Windows kWindows{6h, 48h};
constexpr const char* kHost = "login.example.com";

parsers::Alert alert_with(std::vector<std::string> urls) {
  parsers::Alert alert = support::make_alert();
  alert.urls = std::move(urls);
  return alert;
}

}  // namespace

TEST_CASE("lures: each URL of an alert is one, unwrapped, and what is no web address is none") {
  const parsers::Alert alert = alert_with({"ftp://example.com/", "https://A.example.com", "b.example.com/x", "",
                                           "https://nam02.safelinks.protection.outlook.com/"
                                           "?url=https%3A%2F%2Fc.example.com%2Fy&data=05&reserved=0"});
  const auto lures = lures_of(alert);
  REQUIRE(lures.size() == 3);
  CHECK(lures[0].url.canonical() == "https://a.example.com/");
  CHECK(lures[0].sent == "https://A.example.com");
  CHECK(lures[1].url.canonical() == "https://b.example.com/x");
  CHECK(lures[2].url.canonical() == "https://c.example.com/y");
  CHECK(lures[2].sent == alert.urls[4]);
}

TEST_CASE("lures: an alert is stored under each of its hosts once") {
  const auto keys = host_keys_of(
      alert_with({"https://a.example.com/1", "https://b.example.com/", "mailto:x", "http://a.example.com/2"}));
  CHECK(keys == std::vector{parsers::host_key("a.example.com"), parsers::host_key("b.example.com")});
  CHECK(host_keys_of(alert_with({})).empty());
}

TEST_CASE("lures: a click meets the closest lure on its host") {
  const parsers::Alert alert =
      alert_with({"https://other.example.com/portal/verify?id=7", "https://login.example.com/", support::kLure});
  const Bait bait(alert, kHost, kWindows);
  const Bait::Match match = bait.match(support::make_click());
  CHECK(match.tier == UrlMatch::exact);
  REQUIRE(match.lure != nullptr);
  CHECK(match.lure->canonical() == support::kLure);
}

TEST_CASE("lures: outside the alert's time, or on another host, a click meets none") {
  const Bait bait(support::make_alert(), kHost, kWindows);
  CHECK(bait.match(support::make_click(1, kNoon + 6h)).tier == UrlMatch::exact);
  CHECK(bait.match(support::make_click(1, kNoon + 6h + 1us)).lure == nullptr);
  CHECK(bait.match(support::make_click(1, kNoon, "https://www.example.com/portal/verify?id=7")).lure == nullptr);
}

TEST_CASE("lures: a row that knows only the host meets a lure by its host, even where both are the front page") {
  const Bait bait(alert_with({"https://login.example.com/"}), kHost, kWindows);
  Click click = support::make_click(1, kNoon, "login.example.com");
  CHECK(bait.match(click).tier == UrlMatch::exact);
  click.event.flags.set(parsers::Flag::url_host_only);
  CHECK(bait.match(click).tier == UrlMatch::host);
}

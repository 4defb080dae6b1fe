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
  CHECK(keys ==
        std::vector{parsers::host_key("a.example.com"), domain_key("example.com"), parsers::host_key("b.example.com")});
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
  CHECK(bait.match(support::make_click(1, kNoon, "https://www.example.org/portal/verify?id=7")).lure == nullptr);
}

TEST_CASE("lures: a row that knows only the host meets a lure by its host, even where both are the front page") {
  const Bait bait(alert_with({"https://login.example.com/"}), kHost, kWindows);
  Click click = support::make_click(1, kNoon, "login.example.com");
  CHECK(bait.match(click).tier == UrlMatch::exact);
  click.event.flags.set(parsers::Flag::url_host_only);
  CHECK(bait.match(click).tier == UrlMatch::host);
}

TEST_CASE("lures: a sibling host meets a lure by its domain, but not where each name has its own owner") {
  const Click sibling = support::make_click(1, kNoon, "https://www.example.com/x");
  CHECK(Bait(support::make_alert(), "www.example.com", kWindows).match(sibling).tier == UrlMatch::domain);
  const Click tenant = support::make_click(1, kNoon, "https://shop.pages.dev/x");
  CHECK(Bait(alert_with({"https://evil.pages.dev/x"}), "shop.pages.dev", kWindows).match(tenant).lure == nullptr);
  CHECK(domain_key("evil.pages.dev") != domain_key("shop.pages.dev"));
  CHECK(domain_key("docs.google.com") == 0);
  CHECK(domain_key("203.0.113.7") == 0);
}

TEST_CASE("lures: on a host of everybody's pages only the page itself counts") {
  struct Row {
    const char* lure;
    const char* reached;
    UrlMatch tier;
  };
  const Row rows[] = {
      {"https://sites.google.com/view/evil/home", "https://sites.google.com/view/evil/home", UrlMatch::exact},
      {"https://sites.google.com/view/evil/home", "https://sites.google.com/view/evil/home?authuser=0",
       UrlMatch::no_query},
      {"https://sites.google.com/view/evil", "https://sites.google.com/view/evil/home", UrlMatch::path_prefix},
      {"https://sites.google.com/view/evil", "https://sites.google.com/view", UrlMatch::none},
      {"https://sites.google.com/view/evil", "https://sites.google.com/view/other", UrlMatch::none},
      {"https://sites.google.com/", "https://sites.google.com/", UrlMatch::none},
      {"https://forms.office.com/Pages/ResponsePage.aspx?id=evil",
       "https://forms.office.com/Pages/ResponsePage.aspx?id=poll", UrlMatch::none},
      {"https://forms.office.com/Pages/ResponsePage.aspx?id=evil",
       "https://forms.office.com/Pages/ResponsePage.aspx?id=evil", UrlMatch::exact},
      {"https://bit.ly/abc", "https://bit.ly/abc", UrlMatch::exact},
      {"https://bit.ly/abc", "https://bit.ly/xyz", UrlMatch::none},
  };
  for (const Row& row : rows) {
    CAPTURE(row.lure);
    CAPTURE(row.reached);
    const Click click = support::make_click(1, kNoon, row.reached);
    const Bait bait(alert_with({row.lure}), click.event.url.host, kWindows);
    CHECK(bait.match(click).tier == row.tier);
  }
}

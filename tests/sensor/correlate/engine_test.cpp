#include "sensor/correlate/engine.h"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "sensor/correlate/confidence.h"
#include "tests/support/facts_made.h"
#include "tests/support/memory_facts.h"

using namespace correlate;
using namespace std::chrono_literals;
using support::kNoon;
using support::make_alert;
using support::make_click;
using support::make_sign_in;
using support::set_url;

namespace {

struct Chain {
  parsers::Alert alert = make_alert();
  Click click = make_click();
  parsers::SignIn sign_in = make_sign_in();
};

// What each of the three hooks finds once all three facts are there; they must agree.
std::vector<Finding> find(const Chain& chain, const Settings& settings = {}) {
  support::MemoryFacts facts;
  facts.put(chain.alert);
  facts.put(chain.click);
  facts.put(chain.sign_in);
  Engine engine(settings, facts);
  auto by_sign_in = engine.on_sign_in(chain.sign_in);
  const auto by_click = engine.on_click(chain.click);
  const auto by_alert = engine.on_alert(chain.alert);
  REQUIRE(by_click.size() == by_sign_in.size());
  REQUIRE(by_alert.size() == by_sign_in.size());
  for (std::size_t i = 0; i < by_sign_in.size(); ++i) {
    CHECK(by_click[i].digest() == by_sign_in[i].digest());
    CHECK(by_alert[i].digest() == by_sign_in[i].digest());
  }
  return by_sign_in;
}

}  // namespace

TEST_CASE("engine: the whole chain is one certain finding with its evidence") {
  const auto findings = find({});
  REQUIRE(findings.size() == 1);
  const Finding& finding = findings[0];
  CHECK(finding.id.size() == 32);
  CHECK(finding.user == "bob@contoso.com");
  CHECK(finding.url == support::kLure);
  CHECK(finding.host == "login.example.com");
  CHECK(finding.ip == "203.0.113.7");
  CHECK(finding.url_match == parsers::UrlMatch::exact);
  CHECK(finding.user_match == parsers::UserMatch::upn);
  CHECK(finding.order == Order::click_then_signin);
  CHECK(finding.confidence == 1.0);
  CHECK(finding.first_seen == kNoon);
  CHECK(finding.last_seen == kNoon + 3min);
  REQUIRE(finding.alerts.size() == 1);
  REQUIRE(finding.clicks.size() == 1);
  REQUIRE(finding.sign_ins.size() == 1);
  CHECK(finding.alerts[0].id == "alert-1");
  CHECK(finding.clicks[0].event_id == 1);
  CHECK(finding.sign_ins[0].id == "sign-in-1");
  std::vector<std::string> names;
  for (const Reason& reason : finding.reasons) names.push_back(reason.name);
  CHECK(names ==
        std::vector<std::string>{"url-exact", "user-upn", "ip-same", "order-within-10-minutes", "outcome-allowed"});
}

TEST_CASE("engine: a broken edge is no finding, and an edge at its limit is one") {
  struct Row {
    const char* name;
    std::function<void(Chain&)> change;
    bool found;
  };
  const std::vector<Row> rows{
      {"nothing changed", [](Chain&) {}, true},
      {"a title that is not watched", [](Chain& c) { c.alert.title = "Malware was found"; }, false},
      {"the title in other letters", [](Chain& c) { c.alert.title = "a potentially MALICIOUS url click was detected"; },
       true},
      {"an alert without URLs", [](Chain& c) { c.alert.urls.clear(); }, false},
      {"an alert whose URL cannot be read", [](Chain& c) { c.alert.urls = {"mailto:bob"}; }, false},
      {"the lure is the last of three URLs",
       [](Chain& c) { c.alert.urls = {"https://other.example.com/", "mailto:x", support::kLure}; }, true},
      {"the alert's URL is wrapped by Safe Links",
       [](Chain& c) {
         c.alert.urls = {
             "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Flogin.example.com%2Fportal%2Fverify%3F"
             "id%3D7&data=05%7C02&reserved=0"};
       },
       true},
      {"another host below the same domain", [](Chain& c) { set_url(c.click, "https://www.example.com/portal"); },
       true},
      {"a host below another domain", [](Chain& c) { set_url(c.click, "https://www.example.org/portal"); }, false},
      {"the click was blocked", [](Chain& c) { c.click.event.outcome = parsers::Outcome::blocked; }, false},
      {"the click was warned of", [](Chain& c) { c.click.event.outcome = parsers::Outcome::warned; }, true},
      {"it is not known what became of the click", [](Chain& c) { c.click.event.outcome = parsers::Outcome::unknown; },
       true},
      {"the row has no URL", [](Chain& c) { c.click.event.has_url = false; }, false},
      {"nobody is named", [](Chain& c) { c.click.event.user = c.click.event.account = ""; }, false},
      {"another user", [](Chain& c) { c.click.event.user = "eve@contoso.com"; }, false},
      {"the same account of another domain", [](Chain& c) { c.click.event.user = "bob@fabrikam.com"; }, false},
      {"a bare account", [](Chain& c) { c.click.event.user = ""; }, true},
      {"another bare account", [](Chain& c) { c.click.event.user = "", c.click.event.account = "bo"; }, false},
      {"the row has no address", [](Chain& c) { c.click.event.destination_address = ""; }, false},
      {"another address signed in", [](Chain& c) { c.sign_in.address = "198.51.100.8"; }, false},
      {"neither has an address", [](Chain& c) { c.click.event.destination_address = c.sign_in.address = ""; }, false},
      {"the sign-in failed", [](Chain& c) { c.sign_in.error_code = 50126; }, false},
      {"the sign-in does not say how it ended", [](Chain& c) { c.sign_in.error_code = -1; }, false},
      {"sign-in six hours after the click", [](Chain& c) { c.sign_in.created = c.click.event.time + 6h; }, true},
      {"sign-in later than that", [](Chain& c) { c.sign_in.created = c.click.event.time + 6h + 1us; }, false},
      {"sign-in six hours before the click", [](Chain& c) { c.sign_in.created = c.click.event.time - 6h; }, true},
      {"sign-in earlier than that", [](Chain& c) { c.sign_in.created = c.click.event.time - 6h - 1us; }, false},
      {"click two days before the alert",
       [](Chain& c) { c.click.event.time = kNoon - 48h, c.sign_in.created = kNoon - 48h; }, true},
      {"click earlier than that",
       [](Chain& c) { c.click.event.time = kNoon - 48h - 1us, c.sign_in.created = kNoon - 48h; }, false},
      {"click six hours after the alert",
       [](Chain& c) { c.click.event.time = kNoon + 6h, c.sign_in.created = kNoon + 6h; }, true},
      {"click later than that", [](Chain& c) { c.click.event.time = kNoon + 6h + 1us, c.sign_in.created = kNoon + 6h; },
       false},
      {"click near the alert's activity of last week",
       [](Chain& c) {
         c.alert.first_activity = c.alert.last_activity = kNoon - 168h;
         c.click.event.time = c.sign_in.created = kNoon - 162h;
       },
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Chain chain;
    row.change(chain);
    CHECK(find(chain).size() == (row.found ? 1 : 0));
  }
}

TEST_CASE("engine: the weaker the evidence the lower the confidence, and the reasons add up to it") {
  struct Row {
    const char* name;
    std::function<void(Chain&)> change;
    int hundredths;
  };
  const auto as_host_only = [](Chain& c) {
    set_url(c.click, "login.example.com");
    c.click.event.flags.set(parsers::Flag::url_host_only);
  };
  const std::vector<Row> rows{
      {"exact", [](Chain&) {}, 100},
      {"the device logs no scheme", [](Chain& c) { set_url(c.click, "login.example.com/portal/verify?id=7"); }, 100},
      {"another query", [](Chain& c) { set_url(c.click, "https://login.example.com/portal/verify?id=8"); }, 95},
      {"a page below", [](Chain& c) { set_url(c.click, "https://login.example.com/portal/verify/done"); }, 92},
      {"another page of the host", [](Chain& c) { set_url(c.click, "https://login.example.com/x"); }, 90},
      {"only the host is known", as_host_only, 90},
      {"only the host is known, and the lure is its front page",
       [&](Chain& c) { as_host_only(c), c.alert.urls = {"https://login.example.com/"}; }, 90},
      {"a sibling host", [](Chain& c) { set_url(c.click, "https://www.example.com/portal"); }, 77},
      {"an address of the same network", [](Chain& c) { c.sign_in.address = "203.0.113.8"; }, 90},
      {"mapped user", [](Chain& c) { c.click.event.user_match = parsers::UserMatch::mapped; }, 100},
      {"bare account", [](Chain& c) { c.click.event.user = ""; }, 90},
      {"ten minutes", [](Chain& c) { c.sign_in.created = c.click.event.time + 10min; }, 100},
      {"over ten minutes", [](Chain& c) { c.sign_in.created = c.click.event.time + 10min + 1us; }, 95},
      {"an hour", [](Chain& c) { c.sign_in.created = c.click.event.time + 1h; }, 95},
      {"over an hour", [](Chain& c) { c.sign_in.created = c.click.event.time + 1h + 1us; }, 90},
      {"at the same moment", [](Chain& c) { c.sign_in.created = c.click.event.time; }, 100},
      {"sign-in first", [](Chain& c) { c.sign_in.created = c.click.event.time - 1us; }, 85},
      {"warned", [](Chain& c) { c.click.event.outcome = parsers::Outcome::warned; }, 95},
      {"unknown outcome", [](Chain& c) { c.click.event.outcome = parsers::Outcome::unknown; }, 95},
      {"the weakest",
       [&](Chain& c) {
         as_host_only(c), c.click.event.user = "", c.click.event.outcome = parsers::Outcome::unknown;
         c.sign_in.created = c.click.event.time - 1h;
       },
       60},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Chain chain;
    row.change(chain);
    const auto findings = find(chain);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].confidence == row.hundredths / 100.0);
    double sum = 0;
    for (const Reason& reason : findings[0].reasons) {
      sum += reason.weight;
      CHECK(std::ranges::count(weights(), reason.name, &Weight::name) == 1);
      CHECK_FALSE(reason.detail.empty());
    }
    CHECK(sum == doctest::Approx(findings[0].confidence));
  }
}

TEST_CASE("engine: a finding below the minimum confidence is left out") {
  Chain chain;
  chain.click.event.user = "";
  Settings settings;
  settings.minimum_confidence = 0.9;
  CHECK(find(chain, settings).size() == 1);
  settings.minimum_confidence = 0.91;
  CHECK(find(chain, settings).empty());
}

TEST_CASE("engine: an address within a shared range proves nothing") {
  Settings settings;
  settings.shared_ranges = {"203.0.113.0/29"};
  CHECK(find({}, settings).empty());
  settings.shared_ranges = {"203.0.113.8/29"};
  CHECK(find({}, settings).size() == 1);
}

TEST_CASE("engine: settings that cannot be meant are refused at the start") {
  support::MemoryFacts facts;
  Settings settings;
  settings.shared_ranges = {"10.0.0.0/8", "nonsense"};
  CHECK_THROWS_WITH_AS(Engine(settings, facts), "\"nonsense\" does not begin with an IPv4 or IPv6 address",
                       std::invalid_argument);
  settings.shared_ranges.clear();
  settings.window = -1us;
  CHECK_THROWS_AS(Engine(settings, facts), std::invalid_argument);
  settings.window = 6h;
  settings.click_lookback = std::chrono::days(400);
  CHECK_THROWS_AS(Engine(settings, facts), std::invalid_argument);
}

TEST_CASE("engine: configured titles take the place of the shipped ones") {
  support::MemoryFacts facts;
  Settings settings;
  settings.titles = {"Our own detection"};
  const Engine engine(settings, facts);
  CHECK(engine.watches_title("our own Detection"));
  CHECK_FALSE(engine.watches_title(support::kTitle));
}

TEST_CASE("engine: alerts of a service and of any of their categories count as well, whatever their title") {
  support::MemoryFacts facts;
  Settings settings;
  settings.service_sources = {"microsoftDefenderForOffice365"};
  settings.categories = {"CredentialAccess"};
  const Engine engine(settings, facts);
  parsers::Alert alert;
  alert.title = "Something new";
  alert.service_source = "microsoftDefenderForOffice365";
  alert.category = "InitialAccess";
  CHECK_FALSE(engine.watches(alert));
  alert.categories = {"InitialAccess", "CredentialAccess"};
  CHECK(engine.watches(alert));
  alert.service_source = "microsoftDefenderForEndpoint";
  CHECK_FALSE(engine.watches(alert));
  alert.title = support::kTitle;
  CHECK(engine.watches(alert));
}

TEST_CASE("engine: a blocked row before or after does not undo an allowed click and is no evidence") {
  support::MemoryFacts facts;
  facts.put(make_alert());
  for (const auto& [id, minute] : {std::pair{7, 0}, std::pair{9, 2}}) {
    Click blocked = make_click(id, kNoon + std::chrono::minutes(minute));
    blocked.event.outcome = parsers::Outcome::blocked;
    facts.put(blocked);
  }
  facts.put(make_click(8));
  facts.put(make_sign_in());
  Engine engine({}, facts);
  const auto findings = engine.on_sign_in(make_sign_in());
  REQUIRE(findings.size() == 1);
  REQUIRE(findings[0].clicks.size() == 1);
  CHECK(findings[0].clicks[0].event_id == 8);
}

TEST_CASE("engine: the best evidence for each edge counts, and the lure is told as it was best reached") {
  support::MemoryFacts facts;
  facts.put(make_alert());
  Click host_only = make_click(1, kNoon, "login.example.com");
  host_only.event.flags.set(parsers::Flag::url_host_only);
  facts.put(host_only);
  Click account = make_click(2, kNoon + 1min);
  account.event.user = "";
  account.event.outcome = parsers::Outcome::warned;
  facts.put(account);
  facts.put(make_sign_in("late", kNoon + 30min));
  Engine engine({}, facts);
  const auto findings = engine.on_sign_in(make_sign_in("late", kNoon + 30min));
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].url_match == parsers::UrlMatch::exact);
  CHECK(findings[0].user_match == parsers::UserMatch::upn);
  CHECK(findings[0].url == support::kLure);
  CHECK(findings[0].confidence == 0.95);
}

TEST_CASE("engine: when only the host was logged the lure is the alert's URL") {
  Chain chain;
  set_url(chain.click, "login.example.com");
  chain.click.event.flags.set(parsers::Flag::url_host_only);
  const auto findings = find(chain);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].url == support::kLure);
}

TEST_CASE("engine: a bare account meets every user of that name who signed in from the lure") {
  support::MemoryFacts facts;
  facts.put(make_alert());
  Click click = make_click();
  click.event.user = "";
  facts.put(click);
  auto other = make_sign_in("sign-in-2");
  other.user_principal_name = "bob@fabrikam.com";
  facts.put(make_sign_in());
  facts.put(other);
  Engine engine({}, facts);
  CHECK(engine.on_click(click).size() == 2);
  CHECK(engine.on_alert(make_alert()).size() == 2);
  CHECK(engine.on_sign_in(other).size() == 1);
}

TEST_CASE("engine: two sessions from two addresses are two findings, and one session over both is one") {
  for (const char* session : {"session-1", "session-2"}) {
    support::MemoryFacts facts;
    facts.put(make_alert());
    facts.put(make_click(1));
    Click second = make_click(2);
    second.event.destination_address = "203.0.113.8";
    facts.put(second);
    facts.put(make_sign_in("a"));
    auto from_second = make_sign_in("b");
    from_second.address = "203.0.113.8";
    from_second.session_id = session;
    facts.put(from_second);
    Engine engine({}, facts);
    const auto findings = engine.on_alert(make_alert());
    CAPTURE(session);
    if (from_second.session_id == "session-2") {
      REQUIRE(findings.size() == 2);
      CHECK(findings[0].id < findings[1].id);
      CHECK(findings[0].ip != findings[1].ip);
    } else {
      REQUIRE(findings.size() == 1);
      CHECK(findings[0].ip == "203.0.113.7");
      CHECK(findings[0].sign_ins.size() == 2);
    }
  }
}

TEST_CASE("engine: a compromise over the edge of two stretches is one finding") {
  const auto edge = stretch_span(stretch_of(kNoon)).to + 1us;
  support::MemoryFacts facts;
  facts.put(make_alert("alert-1", edge));
  facts.put(make_click(1, edge));
  facts.put(make_sign_in("before", edge - 1us));
  facts.put(make_sign_in("after", edge));
  Engine engine({}, facts);
  const auto findings = engine.on_click(make_click(1, edge));
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].sign_ins.size() == 2);
}

TEST_CASE("engine: a message that came twice is one click") {
  support::MemoryFacts facts;
  facts.put(make_alert());
  facts.put(make_click(1));
  facts.put(make_sign_in());
  Engine engine({}, facts);
  const std::string before = engine.on_sign_in(make_sign_in())[0].digest();
  Click again = make_click(1);
  again.event_id = 2;
  facts.put(again);
  const auto findings = engine.on_sign_in(make_sign_in());
  CHECK(findings[0].clicks.size() == 1);
  CHECK(findings[0].digest() == before);
}

TEST_CASE("engine: the clicks of one commit give each finding once") {
  support::MemoryFacts facts;
  facts.put(make_alert());
  facts.put(make_sign_in());
  std::vector<Click> clicks;
  for (int id = 1; id <= 5; ++id) facts.put(clicks.emplace_back(make_click(id, kNoon + std::chrono::seconds(id))));
  Engine engine({}, facts);
  const auto findings = engine.on_clicks(clicks);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].clicks.size() == 5);
}

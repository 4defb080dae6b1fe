// What speaks against a chain, and how a lure leads on.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "sensor/correlate/engine.h"
#include "sensor/correlate/lures.h"
#include "sensor/correlate/shared_hosts.h"
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

parsers::Alert closed(std::string id, const std::string& classification) {
  parsers::Alert alert = make_alert(std::move(id));
  alert.raw = R"({"classification":")" + classification + R"(","determination":"securityTesting"})";
  return alert;
}

std::vector<Finding> judge(support::MemoryFacts& facts) {
  Settings settings;
  settings.minimum_confidence = 0;
  return Engine(settings, facts).judge("bob@contoso.com");
}

bool has(const Finding& finding, std::string_view reason) {
  return std::ranges::find(finding.reasons, reason, &Reason::name) != finding.reasons.end();
}

// From another address, with signs that are grave enough.
parsers::SignIn strange_sign_in() {
  parsers::SignIn sign_in = make_sign_in();
  sign_in.address = "198.51.100.9";
  sign_in.risk_level_during_sign_in = "high";
  sign_in.user_agent = "axios/1.11.0";
  return sign_in;
}

}  // namespace

TEST_CASE("doubt: an alert that was closed as no attack refutes what it tells, and an open one beside it stands") {
  support::MemoryFacts facts;
  facts.put(closed("alert-1", "informationalExpectedActivity"));
  facts.put(make_click());
  facts.put(make_sign_in());
  auto findings = judge(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].confidence == 0);
  CHECK(findings[0].reasons.back().name == "alert-dismissed");
  CHECK(findings[0].reasons.back().detail == "the alert was closed as informationalExpectedActivity, securityTesting");
  facts.put(make_alert("alert-2"));
  findings = judge(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].confidence == 1);
  CHECK(findings[0].alerts.size() == 1);
}

TEST_CASE("doubt: only analysts' words dismiss an alert, not a sender's") {
  CHECK(dismissal_of(closed("a", "falsePositive")) == "falsePositive, securityTesting");
  CHECK(dismissal_of(closed("a", "truePositive")).empty());
  parsers::Alert alert = make_alert();
  alert.raw = R"({"title":"x","evidence":[{"subject":"falsePositive","classification":"falsePositive"}]})";
  CHECK(dismissal_of(alert).empty());
  alert.raw = R"({"classification":"falsePositive)";
  CHECK(dismissal_of(alert).empty());
}

TEST_CASE("doubt: from another address a device that the company manages is the user's own") {
  support::MemoryFacts facts;
  facts.put(make_alert());
  facts.put(make_click());
  parsers::SignIn sign_in = strange_sign_in();
  sign_in.device_id = "d1";
  const auto raw = [](const std::string& is_managed) {
    return R"({"deviceDetail":{"deviceId":"d1","isCompliant":null,"isManaged":)" + is_managed + "}}";
  };
  sign_in.raw = raw("false");
  facts.put(sign_in);
  auto findings = judge(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].confidence > 0.5);
  support::MemoryFacts managed;
  managed.put(make_alert());
  managed.put(make_click());
  sign_in.raw = raw("true");
  managed.put(sign_in);
  CHECK(std::ranges::none_of(judge(managed), [](const Finding& finding) { return finding.confidence > 0; }));
}

TEST_CASE("doubt: a host that was known for days, or to many, says little without a tie of addresses") {
  const auto judged = [](auto add_others, const char* url) {
    support::MemoryFacts facts;
    facts.put(make_alert());
    facts.put(make_click(1, kNoon + 1min, url));
    facts.put(strange_sign_in());
    add_others(facts);
    const auto findings = judge(facts);
    REQUIRE(findings.size() == 1);
    return findings[0];
  };
  const char* other_page = "https://login.example.com/news";
  const auto nobody = [](support::MemoryFacts&) {};
  const auto days_before = [](support::MemoryFacts& facts) {
    Click click = make_click(2, kNoon - 80h);
    click.event.user = "eve@contoso.com";
    facts.put(click);
  };
  const auto a_crowd = [](support::MemoryFacts& facts) {
    for (std::uint64_t id = 2; id < 22; ++id) {
      Click click = make_click(id, kNoon - 1h);
      click.event.user = "user" + std::to_string(id) + "@contoso.com";
      facts.put(click);
    }
  };
  CHECK_FALSE(has(judged(nobody, other_page), "host-well-known"));
  CHECK(has(judged(days_before, other_page), "host-well-known"));
  CHECK(has(judged(a_crowd, other_page), "host-well-known"));
  CHECK_FALSE(has(judged(a_crowd, support::kLure), "host-well-known"));
}

TEST_CASE("doubt: the company's way out beside a lure is told by whom the lure did not lead there") {
  support::MemoryFacts facts;
  const char* everybodys = "https://docs.example.org/start";
  facts.put(make_alert());
  facts.put(make_alert("alert-2", kNoon, everybodys));
  std::uint64_t id = 0;
  const auto visit = [&](const std::string& user, const char* url) {
    correlate::Click click = make_click(++id, kNoon + 1min, url);
    click.event.user = click.event.user_raw = user + "@contoso.com";
    click.event.account = user;
    if (url == everybodys) click.event.destination_address = "198.51.100.1";
    facts.put(click);
  };
  for (const char* user : {"ann", "cid", "dan", "bob"}) {
    visit(user, everybodys);
    parsers::SignIn sign_in = make_sign_in(user);
    sign_in.user_principal_name = std::string(user) + "@contoso.com";
    sign_in.address = "203.0.113.50";
    facts.put(sign_in);
  }
  visit("bob", support::kLure);
  const auto findings = judge(facts);
  REQUIRE(!findings.empty());
  for (const Finding& finding : findings) CHECK(finding.confidence == 0);
}

TEST_CASE(
    "doubt: what was told of a link's opening is taken back when all links of the mail prove to be opened at once") {
  support::MemoryFacts facts;
  parsers::Alert alert = make_alert();
  const auto link = [](int i) { return "https://link" + std::to_string(i) + ".example/open"; };
  alert.urls = {link(0), link(1), link(2), link(3)};
  facts.put(alert);
  facts.put(make_sign_in());
  for (int i = 0; i < 3; ++i) facts.put(make_click(static_cast<std::uint64_t>(1 + i), kNoon + i * 1s, link(i)));
  Engine engine({}, facts);
  const auto before = engine.on_alert(alert);
  REQUIRE(before.size() == 1);
  facts.tell("bob@contoso.com", {before[0].id, before[0].ip});
  facts.put(make_click(4, kNoon + 3s, link(3)));
  CHECK(engine.on_alert(alert).empty());
  const auto after = engine.judge("bob@contoso.com");
  const auto told = std::ranges::find(after, before[0].id, &Finding::id);
  REQUIRE(told != after.end());
  CHECK(told->confidence == 0);
  CHECK(told->reasons.back().name == "opened-by-scanner");
}

TEST_CASE("doubt: a lure leads on within ten seconds, or within a minute to a page that names it as referer") {
  const auto tie = [](parsers::Duration after, const char* referer_host, const char* reached = support::kLure) {
    support::MemoryFacts facts;
    facts.put(make_alert());
    Click lure = make_click(1, kNoon + 1min, reached);
    lure.event.destination_address = "192.0.2.1";
    facts.put(lure);
    Click page = make_click(2, lure.event.time + after, "https://portal.example.net/login");
    page.referer_host = referer_host;
    facts.put_ordinary(page);
    facts.put(make_sign_in());
    const auto findings = judge(facts);
    return !findings.empty() && findings[0].address_match == AddressMatch::same;
  };
  CHECK(tie(10s, ""));
  CHECK_FALSE(tie(11s, ""));
  CHECK(tie(60s, "login.example.com"));
  CHECK_FALSE(tie(61s, "login.example.com"));
  CHECK_FALSE(tie(30s, "www.example.org"));
  // Another host of the lure's domain: what follows it within seconds may be anything.
  CHECK(tie(60s, "cdn.example.com", "https://cdn.example.com/a"));
  CHECK_FALSE(tie(2s, "", "https://cdn.example.com/a"));
}

TEST_CASE("doubt: a suffix below which a hoster names its customers is everybody's host, a customer's name is not") {
  CHECK(is_shared_host("s3.amazonaws.com"));
  CHECK(is_shared_host("github.io"));
  CHECK_FALSE(is_shared_host("evil.github.io"));
  CHECK_FALSE(is_shared_host("evil.s3.amazonaws.com"));
  CHECK_FALSE(is_shared_host("login.example.com"));
  CHECK_FALSE(is_shared_host("198.51.100.7"));
  CHECK_FALSE(is_shared_host("2001:db8::7"));
  CHECK_FALSE(is_shared_host("intranet"));
}

#include "sensor/correlate/seed_exact.h"

#include <doctest/doctest.h>

#include "sensor/correlate/seed_exact_kql.h"

namespace seed = correlate::seed;
namespace kql = correlate::kql;
using namespace std::chrono_literals;

namespace {

const parsers::TimePoint kNoon = *parsers::parse_rfc3339("2026-03-10T12:00:00Z");
constexpr const char* kTitle = "A potentially malicious URL click was detected";
constexpr const char* kUrl = "https://Lure.example.com/A?t=X";

template <class Row>
Row at(Row row, parsers::TimePoint time) {
  row.time_generated = row.arrived = time;
  return row;
}

std::string entities(const std::string& url) {
  return R"([{"$id":"2","Upn":"bob@contoso.com","Type":"mailbox"},{"$id":"3","Url":")" + url + R"(","Type":"url"}])";
}

seed::SecurityAlert alert(const std::string& id = "a1", parsers::TimePoint time = kNoon,
                          const std::string& url = kUrl) {
  seed::SecurityAlert row;
  row.system_alert_id = id;
  row.product_name = "Microsoft Defender for Office 365";
  row.alert_name = kTitle;
  row.entities = entities(url);
  return at(row, time);
}

seed::CommonSecurityLog event(std::uint64_t id = 1, parsers::TimePoint time = kNoon) {
  seed::CommonSecurityLog row;
  row.event_id = id;
  row.device_vendor = "Zscaler";
  row.device_product = "NSSWeblog";
  row.device_action = "Allowed";
  row.request_url = "HTTPS://lure.example.com/a?T=x";
  row.destination_ip = "203.0.113.7";
  row.source_user_name = "Bob@Contoso.com";
  return at(row, time);
}

seed::SigninLogs sign_in(const std::string& id = "s1", parsers::TimePoint time = kNoon) {
  seed::SigninLogs row;
  row.id = id;
  row.ip_address = "203.0.113.7";
  row.result_type = "0";
  row.user_principal_name = "BOB@contoso.com";
  return at(row, time);
}

seed::Tables tables() { return {{alert()}, {event()}, {sign_in()}}; }

std::size_t rows(const seed::Tables& tables) { return seed::run_once(tables).rows.size(); }

template <class Change>
std::size_t rows_after(Change change) {
  seed::Tables changed = tables();
  change(changed);
  return rows(changed);
}

}  // namespace

TEST_CASE("seed-exact: has finds whole terms") {
  struct Row {
    const char *text, *term;
    bool has;
  };
  const Row rows[] = {{"Palo Alto Networks", "Palo Alto Networks", true},
                      {"PALO ALTO NETWORKS Inc", "Palo Alto Networks", true},
                      {"PaloAltoNetworks", "Palo Alto Networks", false},
                      {"Palo Alto", "Palo Alto Networks", false},
                      {"Check Point Software", "Check Point", true},
                      {"CheckPoint", "Check Point", false},
                      {"Fortinet", "Fortinet", true},
                      {"Fortinet2", "Fortinet", false},
                      {"x-Fortinet_y", "Fortinet", true},
                      {"xFortinet Fortinet", "Fortinet", true},
                      {"\"Type\":\"url\"", "url", true},
                      {"\"Url\":\"x\"", "url", true},
                      {"\"Urls\":[]", "url", false},
                      {"urn:UrlEntity:1", "url", false},
                      {"https://h/url/x", "url", true},
                      {"\xc3\xa9url", "url", false},
                      {"", "url", false}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(kql::has(row.text, row.term) == row.has);
  }
}

TEST_CASE("seed-exact: in~ compares the whole text and trims nothing") {
  CHECK(rows_after([](auto& t) { t.alerts[0].alert_name = "A POTENTIALLY malicious url click WAS detected"; }) == 1);
  CHECK(rows_after([](auto& t) { t.alerts[0].alert_name = std::string(kTitle) + " "; }) == 0);
  CHECK(rows_after([](auto& t) { t.alerts[0].alert_name = std::string(kTitle) + "\xe2\x80\x8b"; }) == 0);
  CHECK(rows_after([](auto& t) { t.alerts[0].alert_name = "Stolen session cookie was used"; }) == 0);
}

TEST_CASE("seed-exact: only entities of Type 'url' in exactly that spelling count") {
  const auto rows_of = [](const std::string& text) {
    return rows_after([&](auto& t) { t.alerts[0].entities = text; });
  };
  const std::string url = R"("Url":"https://lure.example.com/a?t=x")";
  CHECK(rows_of("[{" + url + R"(,"Type":"url"}])") == 1);
  CHECK(rows_of("[{" + url + R"(,"Type":"Url"}])") == 0);
  CHECK(rows_of("[{" + url + R"(,"type":"url"}])") == 0);
  CHECK(rows_of(R"([{"url":"https://lure.example.com/a?t=x","Type":"url"}])") == 0);
  CHECK(rows_of(R"([{"Urls":["https://lure.example.com/a?t=x"],"Type":"mailMessage"}])") == 0);
  CHECK(rows_of("{" + url + R"(,"Type":"url"})") == 0);
  CHECK(rows_of("[{" + url + R"(,"Type":"url"})") == 0);
  CHECK(rows_of("[\r\n  { " + url + ",\r\n \"Type\": \"url\" }\r\n]") == 1);
  CHECK(rows_of("") == 0);
  CHECK(rows_of("[]") == 0);
}

TEST_CASE("seed-exact: the vendor, the product and the action are those of the rule") {
  const auto vendor = [](const char* text) { return rows_after([&](auto& t) { t.events[0].device_vendor = text; }); };
  CHECK(vendor("Zscaler") == 1);
  CHECK(vendor("CheckPoint") == 0);
  CHECK(vendor("Forcepoint") == 0);
  const auto product = [](const char* text) { return rows_after([&](auto& t) { t.events[0].device_product = text; }); };
  for (const char* text :
       {"Fortigate", "FortiGate-1000C", "PAN-OS", "panorama", "VPN-1 & FireWall-1", "URL Filtering", "firewall"}) {
    CAPTURE(text);
    CHECK(product(text) == 1);
  }
  for (const char* text : {"LF", "Application Control", "NSSFWlog", " PAN-OS", ""}) {
    CAPTURE(text);
    CHECK(product(text) == 0);
  }
  const auto action = [](const char* text) { return rows_after([&](auto& t) { t.events[0].device_action = text; }); };
  CHECK(action("Block") == 0);
  for (const char* text : {"block", "BLOCK", "Blocked", "block-url", ""}) {
    CAPTURE(text);
    CHECK(action(text) == 1);
  }
}

TEST_CASE("seed-exact: URLs meet as whole texts in lower case") {
  const auto url = [](const char* text) { return rows_after([&](auto& t) { t.events[0].request_url = text; }); };
  CHECK(url("https://lure.example.com/a?t=x") == 1);
  CHECK(url("lure.example.com/a?t=x") == 0);
  CHECK(url("https://lure.example.com/a?t=x ") == 0);
  CHECK(url("\"https://lure.example.com/a?t=x\"") == 0);
  CHECK(url("https://lure.example.com/a") == 0);
  CHECK(url("") == 0);
  CHECK(rows_after([](auto& t) {
          t.alerts[0].entities = R"([{"Url":"","Type":"url"}])";
          t.events[0].request_url = "";
        }) == 0);
}

TEST_CASE("seed-exact: the sign-in succeeded, from the destination's text, as the logged user") {
  CHECK(rows_after([](auto& t) { t.sign_ins[0].result_type = "50126"; }) == 0);
  CHECK(rows_after([](auto& t) { t.sign_ins[0].result_type = ""; }) == 0);
  CHECK(rows_after([](auto& t) { t.sign_ins[0].ip_address = "203.0.113.8"; }) == 0);
  CHECK(rows_after([](auto& t) { t.events[0].source_user_name = "CONTOSO\\bob"; }) == 0);
  CHECK(rows_after([](auto& t) { t.events[0].destination_ip = t.sign_ins[0].ip_address = "2001:db8::1"; }) == 1);
  CHECK(rows_after([](auto& t) {
          t.events[0].destination_ip = "2001:db8:0::1";
          t.sign_ins[0].ip_address = "2001:db8::1";
        }) == 0);
  CHECK(rows_after([](auto& t) {
          t.events[0].destination_ip = t.events[0].source_user_name = "";
          t.sign_ins[0].ip_address = t.sign_ins[0].user_principal_name = "";
        }) == 1);
}

TEST_CASE("seed-exact: both ends of the six hours count, in whatever order") {
  const auto shifted = [](parsers::Duration click, parsers::Duration sign) {
    return rows_after([&](auto& t) {
      t.events[0] = event(1, kNoon + click);
      t.sign_ins[0] = sign_in("s1", kNoon + sign);
    });
  };
  CHECK(shifted(6h, -6h) == 1);
  CHECK(shifted(-6h, 6h) == 1);
  CHECK(shifted(6h + 1us, 0h) == 0);
  CHECK(shifted(0h, 6h + 1us) == 0);
  CHECK(shifted(-6h - 1us, 0h) == 0);
}

TEST_CASE("seed-exact: of the alerts of one name one URL is left, and the earliest time") {
  const auto run = seed::run_once(
      {{alert("a2", kNoon + 7h, "https://other.example.com/"), alert("a1", kNoon, kUrl), alert("a1", kNoon + 1h, kUrl)},
       {event(1, kNoon + 6h)},
       {sign_in("s1", kNoon + 6h)}});
  REQUIRE(run.groups.size() == 1);
  CHECK(run.groups[0].url == "https://lure.example.com/a?t=x");
  CHECK(run.groups[0].alert_time == kNoon);
  CHECK(run.groups[0].alert_ids == std::vector<std::string>{"a1", "a2"});
  CHECK(run.rows.size() == 1);
}

TEST_CASE("seed-exact: take_any takes the first URL that is not empty, by time, id and place") {
  seed::SecurityAlert empty = alert("a0", kNoon - 1h, "");
  seed::SecurityAlert two = alert("a1", kNoon);
  two.entities =
      R"([{"Url":"","Type":"url"},{"Url":"https://FIRST.example.com/","Type":"url"},{"Url":"https://b.example.com/","Type":"url"}])";
  const auto run = seed::run_once({{alert("a2", kNoon, "https://later.example.com/"), two, empty}, {}, {}});
  REQUIRE(run.groups.size() == 1);
  CHECK(run.groups[0].url == "https://first.example.com/");
  CHECK(run.groups[0].alert_time == kNoon - 1h);
}

TEST_CASE("seed-exact: groups keep the case of product and alert name apart") {
  seed::SecurityAlert other = alert("a2");
  other.alert_name[0] = 'a';
  seed::SecurityAlert third = alert("a3");
  third.product_name = "Office 365 Advanced Threat Protection";
  const seed::Tables t{{alert(), other, third}, {event()}, {sign_in()}};
  CHECK(seed::run_once(t).groups.size() == 3);
  CHECK(rows(t) == 3);
}

TEST_CASE("seed-exact: multiplicities multiply, and the set of alerts ends at a hundred") {
  seed::Tables t = tables();
  for (int i = 0; i < 150; ++i) t.alerts.push_back(alert("x" + std::to_string(i)));
  t.events.push_back(event(2));
  t.sign_ins.push_back(sign_in("s2"));
  t.sign_ins.push_back(sign_in("s3"));
  const auto run = seed::run_once(t);
  CHECK(run.rows.size() == 6);
  CHECK(run.groups[0].alert_ids.size() == seed::kMaxSet);
}

TEST_CASE("seed-exact: a daily run sees its day alone, and what came within five minutes of its end") {
  const auto midnight = *parsers::parse_rfc3339("2026-03-11T00:00:00Z");
  const auto rows_of = [&](const seed::Tables& t, parsers::TimePoint until = parsers::TimePoint::max()) {
    std::size_t count = 0;
    for (const auto& run : seed::run_daily(t, until)) count += run.rows.size();
    return count;
  };
  CHECK(rows_of(tables()) == 1);
  CHECK(rows_of(tables(), midnight + 5min) == 1);
  CHECK(rows_of(tables(), midnight + 5min - 1us) == 0);
  const seed::Tables across{{alert("a1", midnight - 1us)}, {event(1, midnight - 1us)}, {sign_in("s1", midnight)}};
  CHECK(rows(across) == 1);
  CHECK(rows_of(across) == 0);
  seed::Tables late = tables();
  late.sign_ins[0].arrived = midnight + 5min;
  CHECK(rows_of(late) == 1);
  late.sign_ins[0].arrived += 1us;
  CHECK(rows_of(late) == 0);
}

TEST_CASE("seed-exact: tolower knows more letters than ASCII's, and leaves what is no text alone") {
  CHECK(kql::to_lower("ABZ\xc3\x84\xc3\x9f\xc3\x97\xc4\x80\xc5\xb8\xce\xa3\xd0\x96\xd0\x81") ==
        "abz\xc3\xa4\xc3\x9f\xc3\x97\xc4\x81\xc3\xbf\xcf\x83\xd0\xb6\xd1\x91");
  CHECK(kql::to_lower("\xff\xc3") == "\xff\xc3");
  CHECK(kql::split("bob@contoso.com@x", '@', 0) == "bob");
  CHECK(kql::split("bob@contoso.com@x", '@', 1) == "contoso.com");
  CHECK(kql::split("bob", '@', 1) == "");
  CHECK(kql::split("", '@', 0) == "");
}

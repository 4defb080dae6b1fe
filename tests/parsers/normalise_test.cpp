#include "parsers/normalise.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/parsers/allocations.h"
#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Flag;

TEST_CASE("normalise: what is not CEF is refused with a code that says what it is") {
  struct Row {
    const char* name;
    std::string line;
    std::string_view code;
  };
  const Row rows[] = {
      {"nothing", "", "empty"},
      {"blank", " \r\n", "empty"},
      {"syslog without CEF", "<34>Oct 11 22:14:15 host su: failed for bob", "not_cef"},
      {"text", "hello", "not_cef"},
      {"no payload", "<14>Jun 15 10:10:10 host ", "not_cef"},
      {"cut header", "<14>Jun 15 10:10:10 host CEF:0|Palo Alto Networks|PAN", "cef_header_cut"},
      {"CSV of something else", "1,2024/06/15 11:30:00,013101001305,ORDERS,0,2305", "not_cef"},
      {"PAN-OS CSV, cut behind the type", "1,2024/06/15 11:30:00,013101001305,THREAT,", "native_paloalto"},
      {"FortiGate, of no type", "<189>devname=fw devid=FG1 logid=0316013056 type= subtype=", "native_fortinet"},
      {"Check Point",
       "<134>1 2024-06-15T02:58:25Z gw CheckPoint 12103 - [action:\"Accept\"; flags:\"18692\"; ifname:\"e\"]",
       "native_checkpoint"},
      {"Check Point without action",
       "<134>1 2024-06-15T13:19:20Z gw CheckPoint 1930 - [ifdir:\"inbound\"; loguid:\"{0x5e80a059,0x0}\"; "
       "version:\"5\"]",
       "native_checkpoint"},
      {"Check Point behind a BSD relay",
       "Jun 15 11:00:10 192.0.2.7 1 2024-06-15T03:00:09Z gw CheckPoint 1 - [action:\"Drop\"; loguid:\"{0x1}\"]",
       "native_checkpoint"},
      {"Check Point, splunk format",
       "time=1718452701|hostname=gw|product=IPS|action=Drop|ifdir=inbound|loguid=gw{0x5d}", "native_checkpoint"},
      {"native words far inside", std::string(2000, 'x') + "logid=1 type=2 devid=3", "not_cef"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto out = reading::read(row.line);
    REQUIRE(out.error.has_value());
    CHECK(out.error->code == row.code);
    CHECK_FALSE(out.has_cef);
    CHECK_FALSE(out.has_event);
    CHECK(out.flags.has(Flag::native_row) == row.code.starts_with("native_"));
    CHECK_FALSE(out.error->detail.empty());
  }
}

TEST_CASE("normalise: CEF of another vendor is kept and is no error") {
  for (const char* line : {"CEF:0|Security|threatmanager|1.0|100|worm stopped|10|src=192.0.2.1 dst=192.0.2.2",
                           "<14>Jun 15 10:10:10 host CEF:0|F5|ASM|11|1|n|5|request=/", "CEF:0|||||||"}) {
    CAPTURE(line);
    const auto out = reading::read(line);
    CHECK(out.has_cef);
    CHECK_FALSE(out.has_event);
    CHECK_FALSE(out.error.has_value());
  }
}

TEST_CASE("normalise: native text inside a CEF field makes no native row") {
  const auto out = reading::read("CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|msg=date devid=1 logid=2 type=3");
  CHECK(out.has_event);
  CHECK_FALSE(out.flags.has(Flag::native_row));
}

TEST_CASE("normalise: the flags of header, CEF and event come together") {
  const auto out = reading::read("Jun 15 10:10:10 fw CEF: 0|Palo Alto Networks|PAN-OS|9|url|THREAT|1|suser=bob act=x");
  CHECK(out.flags.has(Flag::no_pri));
  CHECK(out.flags.has(Flag::cef_prefix_repaired));
  CHECK(out.flags.has(Flag::user_unmapped));
}

TEST_CASE("normalise: a Normalised that is used again holds nothing of the last message") {
  const char* rich =
      "<14>Jun 15 10:10:10 fw CEF:0|Zscaler|NSSWeblog|5.7|Blocked|Blocked|3|act=Blocked app=HTTPS "
      "suser=bob@contoso.com "
      "request=www.example.com/a?b src=192.0.2.1 dst=203.0.113.1 rt=Jun 15 2024 10:10:10";
  const char* lines[] = {"", "hello", "CEF:0|a|b|c|d|e|f|", "CEF:0|Zscaler|NSSWeblog|5.7|x|y|3|cnt=1"};
  for (const char* line : lines) {
    CAPTURE(line);
    parsers::Normalised reused;
    parsers::normalise(rich, reading::context(), reused);
    REQUIRE(reused.event.has_url);
    parsers::normalise(line, reading::context(), reused);
    const auto fresh = reading::read(line);
    CHECK(reused.has_cef == fresh.has_cef);
    CHECK(reused.has_event == fresh.has_event);
    CHECK(reused.flags.bits() == fresh.flags.bits());
    CHECK(reused.error.has_value() == fresh.error.has_value());
    CHECK(reused.cef.extension.size() == fresh.cef.extension.size());
    CHECK(reused.event.user == fresh.event.user);
    CHECK(reused.event.account == fresh.event.account);
    CHECK(reused.event.url_raw == fresh.event.url_raw);
    CHECK(reused.event.source_address == fresh.event.source_address);
    CHECK(reused.event.destination_address == fresh.event.destination_address);
    CHECK(reused.event.action == fresh.event.action);
    CHECK(reused.event.outcome == fresh.event.outcome);
    CHECK(reused.event.time == fresh.event.time);
  }
}

TEST_CASE("normalise: nothing is allocated once the strings have their size") {
  const std::string lines[] = {
      R"(<14>1 2024-06-15T01:10:31-07:00 fw1 - - - - CEF:0|Palo Alto Networks|PAN-OS|10.1|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT src=192.0.2.10 dst=203.0.113.20 suser=contoso\\bob.with.a.long.name app=ssl dpt=443 act=alert request="login.example.com/a/long/path/to/a/page?u\=bob&l={""x"":1}" cat=(9999))",
      R"(Jun 15 03:23:49 fw CEF: 0|Fortinet|Fortigate|v6|13056|utm:webfilter|4|cat=utm:webfilter FTNTFGTeventtime=1718450629 duser=example.com\\bob.with.a.long.name src=192.0.2.11 dst=2001:DB8:1:2:3:4:5:6 app=HTTP dhost=sites.example.com act=blocked request=/a/long/path/to/a/page)",
      "CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|act=Accept rt=1718450629000 "
      "request=https://subdomain.example.com:443 suser=EXAMPLE DAVE (CORP0025465)  src=192.0.2.100 dst=192.0.2.111",
      "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS request=ads.example.com/vevent?an_audit%3D0 "
      "suser=bob.with.a.long.name@contoso.com spriv=Home rt=Jun 11 2024 02:52:44",
      "<14>Apr  7 10:10:10 fw1 CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=$cefformatted-receive_time "
      "src=192.0.2.10 "
      "dst=203.0.113.20 suser=bob app=ssl act=alert request=\"login.example.com/a/long/path\"",
      "<14>Apr  7 10:10:10 fw1 CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=9999999999999999999999 "
      "src=192.0.2.10 "
      "dst=203.0.113.20 suser=bob app=ssl act=alert request=\"login.example.com/a/long/path\"",
  };
  const parsers::NormaliseContext context = reading::context();
  parsers::Normalised out;
  for (int round = 0; round < 2; ++round) {
    for (const std::string& line : lines) parsers::normalise(line, context, out);
  }
  for (const std::string& line : lines) {
    CAPTURE(line);
    const std::size_t before = allocations;
    parsers::normalise(line, context, out);
    const std::size_t after = allocations;
    CHECK(after == before);
    CHECK(out.event.has_url);
  }
}

TEST_CASE("normalise: without a map of identities a name in mail form still gives a user") {
  parsers::Normalised out;
  const parsers::NormaliseContext context{
      .received = reading::kReceived, .zone = cctz::utc_time_zone(), .identity = nullptr};
  parsers::normalise("CEF:0|Zscaler|NSSWeblog|5.7|x|y|3|suser=Bob@contoso.com", context, out);
  CHECK(out.event.user == "bob@contoso.com");
  CHECK(out.event.user_match == parsers::UserMatch::upn);
  parsers::normalise(R"(CEF:0|Zscaler|NSSWeblog|5.7|x|y|3|suser=CONTOSO\bob)", context, out);
  CHECK(out.event.user.empty());
  CHECK(out.event.account == "bob");
}

}  // namespace

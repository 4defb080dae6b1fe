// Rows of devices that nobody switched to CEF. Each shape here was met in a recorded row; the values are our own.
#include "parsers/native.h"

#include <doctest/doctest.h>

#include <ostream>
#include <string>

#include "tests/parsers/allocations.h"
#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::CefKey;
using parsers::Flag;
using parsers::Outcome;
using parsers::Vendor;

std::string value(const parsers::Normalised& read, CefKey key) {
  std::string scratch;
  return std::string(read.cef.value(key, scratch));
}

// A URL row of PAN-OS 9, with what matters given.
std::string pan_url(const std::string& user, const std::string& app, const std::string& action,
                    const std::string& url) {
  return "<14>Jun 15 10:10:10 fw1 1,2024/06/15 10:10:10,012801096514,THREAT,url,2049,2024/06/15 10:10:09,192.0.2.10,"
         "203.0.113.20,198.51.100.1,203.0.113.20,out," +
         user + ",," + app +
         ",vsys1,trust,untrust,ethernet1/2,ethernet1/1,"
         "fwd,2024/06/15 10:10:10,28191,1,52984,443,37679,443,0x403000,tcp," +
         action + "," + url +
         ",(9999),phishing,"
         "informational,client-to-server,7726,0x2000000000000000,192.0.2.0-192.0.2.255,United States,0,text/html,0,,,1,"
         "\"Mozilla/5.0 (X11, Linux)\",,\"198.51.100.7\",\"https://mail.example.com/\",,,,0,0,0,0,0,vs,fw1,,,,get";
}

TEST_CASE("native: a PAN-OS URL row gives the event that its CEF would give") {
  struct Row {
    const char* name;
    std::string line;
    const char* url;
    const char* user;
    const char* account;
    Outcome outcome;
  };
  const Row rows[] = {
      {"HTTPS, host alone", pan_url("contoso\\bob", "ssl", "alert", "\"login.example.com/\""),
       "https://login.example.com/", "bob@contoso.com", "bob", Outcome::allowed},
      {"user with two backslashes", pan_url(R"(contoso\\bob)", "ssl", "alert", "\"login.example.com/\""),
       "https://login.example.com/", "bob@contoso.com", "bob", Outcome::allowed},
      {"a user whose name begins with n", pan_url(R"(contoso\nina)", "ssl", "alert", "\"login.example.com/\""),
       "https://login.example.com/", "nina@contoso.com", "nina", Outcome::allowed},
      {"comma and doubled quotes in the URL",
       pan_url("", "web-browsing", "alert", "\"h.example.com:80/a?l={\"\"x\"\":1,\"\"y\"\":2}\""),
       "http://h.example.com/a?l=%7B%22x%22:1,%22y%22:2%7D", "", "", Outcome::allowed},
      {"blocked", pan_url("bob@contoso.com", "ssl", "block-url", "\"login.example.com/a\""),
       "https://login.example.com/a", "bob@contoso.com", "bob", Outcome::blocked},
      {"the page with the button", pan_url("bob@contoso.com", "ssl", "block-continue", "\"login.example.com/a\""),
       "https://login.example.com/a", "bob@contoso.com", "bob", Outcome::warned},
      {"the click on the button", pan_url("bob@contoso.com", "ssl", "continue", "\"login.example.com/a\""),
       "https://login.example.com/a", "bob@contoso.com", "bob", Outcome::allowed},
      {"without quotes", pan_url("", "ssl", "alert", "login.example.com/a"), "https://login.example.com/a", "", "",
       Outcome::allowed},
      {"cut inside the URL", pan_url("", "ssl", "alert", "\"login.example.com/a/long").substr(0, 370),
       "https://login.example.com/a/long", "", "", Outcome::allowed},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    auto line = row.line;
    if (std::string(row.name).starts_with("cut")) line = line.substr(0, line.find("/a/long") + 7);
    const auto read = reading::read(line);
    CHECK_FALSE(read.error.has_value());
    REQUIRE(read.has_event);
    CHECK(read.native == Vendor::paloalto);
    CHECK(read.flags.has(Flag::native_row));
    CHECK(read.event.vendor == Vendor::paloalto);
    CHECK(reading::url_of(read.event) == row.url);
    CHECK(read.event.user == row.user);
    CHECK(read.event.account == row.account);
    CHECK(read.event.outcome == row.outcome);
    CHECK(read.event.source_address == "192.0.2.10");
    CHECK(read.event.destination_address == "203.0.113.20");
    CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T10:10:10.000Z");
  }
}

TEST_CASE("native: each cell of a PAN-OS row stands under the key of PAN's template") {
  const std::string line = pan_url("contoso\\bob", "ssl", "alert", "\"login.example.com/\"");
  const auto read = reading::read(line);
  const std::pair<CefKey, const char*> kExpected[] = {
      {CefKey::deviceExternalId, "012801096514"},
      {CefKey::cs1, "out"},
      {CefKey::cs1Label, "Rule"},
      {CefKey::cs2, "phishing"},
      {CefKey::cn1, "28191"},
      {CefKey::spt, "52984"},
      {CefKey::dpt, "443"},
      {CefKey::sourceTranslatedAddress, "198.51.100.1"},
      {CefKey::proto, "tcp"},
      {CefKey::externalId, "7726"},
      {CefKey::requestContext, "text/html"},
      {CefKey::requestClientApplication, "Mozilla/5.0 (X11, Linux)"},
      {CefKey::PanOSXForwarderfor, "198.51.100.7"},
      {CefKey::PanOSReferer, "https://mail.example.com/"},
      {CefKey::requestMethod, "get"},
      {CefKey::dvchost, "fw1"},
  };
  for (const auto& [key, expected] : kExpected) {
    CAPTURE(parsers::to_string(key));
    CHECK(value(read, key) == expected);
  }
  CHECK(read.cef.signature_id == "url");
  CHECK(read.cef.name == "THREAT");
  CHECK(read.cef.severity == "1");
  CHECK(read.syslog.host == "fw1");
}

TEST_CASE("native: the severity of a PAN-OS threat is PAN's number of the word") {
  const std::pair<const char*, const char*> kRows[] = {
      {"informational", "1"}, {"low", "2"}, {"medium", "3"}, {"high", "4"}, {"critical", "5"}};
  for (const auto& [word, number] : kRows) {
    std::string line = pan_url("", "ssl", "alert", "\"h.example/\"");
    line.replace(line.find("informational"), 13, word);
    CHECK(reading::read(line).cef.severity == number);
  }
}

TEST_CASE("native: other PAN-OS log types are read by their own field lists") {
  const auto traffic = reading::read(
      "<14>1 2024-06-15T10:10:10+00:00 fw1 - - - - 1,2024/06/15 10:10:10,015351000043722,TRAFFIC,end,2305,2024/06/15 "
      "10:10:10,192.0.2.4,203.0.113.9,0.0.0.0,0.0.0.0,Internet,contoso\\bob,,ssl,vsys1,in,out,ethernet1/3,ethernet1/1,"
      "Default,2024/06/15 10:10:10,7603,1,32801,443,57533,443,0x500070,tcp,allow,905,633,272,9,2024/06/15 10:09:27,5,"
      "any,0,2825918,0x0,192.0.2.0-192.0.2.255,Germany,0,5,4,tcp-fin,0,0,0,0,,fw1,from-policy");
  REQUIRE(traffic.has_event);
  CHECK(traffic.event.user == "bob@contoso.com");
  CHECK_FALSE(traffic.event.has_url);
  CHECK(traffic.event.outcome == Outcome::allowed);
  CHECK(value(traffic, CefKey::in) == "633");
  CHECK(value(traffic, CefKey::out) == "272");
  CHECK(value(traffic, CefKey::reason) == "tcp-fin");
  CHECK(value(traffic, CefKey::externalId) == "2825918");

  const auto vpn = reading::read(
      "1,2024/06/15 10:10:10,013101001308,GLOBALPROTECT,0,2305,2024/06/15 10:10:10,vsys1,gateway-connected,connected,,,"
      "contoso\\bob,BE,PC1,198.51.100.3,0.0.0.0,192.0.2.7,0.0.0.0,id,SN,5.2.4,Windows,\"Windows 10 Pro , 64-bit\",1,,,"
      "\"\",success,,0,,0,GW,69195,0x0");
  REQUIRE(vpn.has_event);
  CHECK(vpn.event.user == "bob@contoso.com");
  CHECK(vpn.event.outcome == Outcome::unknown);

  const auto system = reading::read(
      "1,2024/06/15 10:10:10,012001006066,SYSTEM,userid,0,2024/06/15 10:10:10,,connect-failure,ldap,0,0,general,medium,"
      "\"ldap, failed\",6837908,0x0,0,0,0,0,,fw1");
  CHECK(system.cef.severity == "3");
  CHECK(value(system, CefKey::msg) == "ldap, failed");
  CHECK(system.event.outcome == Outcome::unknown);

  const auto config = reading::read("1,2024/06/15 10:10:10,012001006066,CONFIG,0,0,2024/06/15 10:10:10,192.0.2.1,,set");
  CHECK(config.has_event);
  CHECK(value(config, CefKey::deviceExternalId) == "012001006066");
}

TEST_CASE("native: nothing in the URL of a PAN-OS row moves the cells that the device wrote") {
  struct Row {
    const char* name;
    const char* url;
    const char* canonical;
    bool flagged;
  };
  const Row rows[] = {
      {"doubled", "\"h.example/\"\",(9999),victim,high\"", "http://h.example/%22,(9999),victim,high", false},
      {"not doubled, at the end", "\"h.example/x\"\"", "http://h.example/x", true},
      {"not doubled, with all the cells that follow",
       "\"h.example/x\",(9999),phishing,informational,client-to-server,9,0x0,\"\"", "http://h.example/x", true},
      {"not doubled, one", "\"h.example/\",x\"", "http://h.example/%22,x", true},
      {"not doubled, two", "\"h.example/\",x\",y\"", "http://h.example/%22,x%22,y", true},
      {"CEF inside", "\"h.example/?a suser=victim dst=192.0.2.66 act=alert\"",
       "http://h.example/?a%20suser=victim%20dst=192.0.2.66%20act=alert", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string line = pan_url("contoso\\bob", "web-browsing", "block-url", row.url);
    const auto read = reading::read(line);
    REQUIRE(read.has_event);
    CHECK(reading::url_of(read.event).find("h.example/") != std::string::npos);
    CHECK(read.event.user == "bob@contoso.com");
    CHECK(read.event.outcome == Outcome::blocked);
    CHECK(read.event.destination_address == "203.0.113.20");
    CHECK(value(read, CefKey::externalId) == "7726");
    CHECK(read.cef.severity == "1");
    CHECK(read.flags.has(Flag::embedded_field) == row.flagged);
  }
}

constexpr const char* kWebFilter =
    R"(<188>date=2024-06-15 time=12:17:48 devname="fw1" devid="FG100" logid="0316013056" type="utm" subtype="webfilter" )"
    R"(eventtype="ftgd_blk" level="warning" vd="root" eventtime=1718453868052907555 tz="+0200" policyid=1 sessionid=1234 )"
    R"(user="CONTOSO\\bob" srcip=192.0.2.1 srcport=61930 srcintf="port1" dstip=203.0.113.9 dstport=443 dstintf="wan1" )"
    R"(proto=6 service="HTTPS" hostname="login.example.com" profile="p" action="passthrough" reqtype="direct" )"
    R"(url="/config/?a=b c" sentbyte=1152 rcvdbyte=1130 direction="outgoing" msg="URL belongs to a category" cat=76 )"
    R"(catdesc="Internet Telephony")";

TEST_CASE("native: a FortiGate web filter row gives the event that its CEF would give") {
  const auto read = reading::read(kWebFilter);
  REQUIRE(read.has_event);
  CHECK(read.native == Vendor::fortinet);
  CHECK(reading::url_of(read.event) == "https://login.example.com/config/?a=b%20c");
  CHECK(read.event.user == "bob@contoso.com");
  CHECK(read.event.outcome == Outcome::allowed);
  CHECK(read.event.source_address == "192.0.2.1");
  CHECK(read.event.destination_address == "203.0.113.9");
  CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T12:17:48.052Z");
  CHECK(read.cef.signature_id == "13056");
  CHECK(read.cef.name == "utm:webfilter ftgd_blk passthrough");
  CHECK(read.cef.severity == "4");
  const std::pair<CefKey, const char*> kExpected[] = {
      {CefKey::cat, "utm:webfilter"},
      {CefKey::dvchost, "fw1"},
      {CefKey::deviceExternalId, "FG100"},
      {CefKey::externalId, "1234"},
      {CefKey::in, "1130"},
      {CefKey::out, "1152"},
      {CefKey::deviceDirection, "1"},
      {CefKey::requestContext, "Internet Telephony"},
      {CefKey::FTNTFGTlogid, "0316013056"},
      {CefKey::FTNTFGTreqtype, "direct"},
      {CefKey::dhost, "login.example.com"},
      {CefKey::app, "HTTPS"},
  };
  for (const auto& [key, expected] : kExpected) {
    CAPTURE(parsers::to_string(key));
    CHECK(value(read, key) == expected);
  }
}

TEST_CASE("native: FortiGate's spellings of a pair") {
  struct Row {
    const char* name;
    const char* pairs;
    const char* user;
    const char* message;
  };
  const std::string head = "<134>date=2024-06-15 time=10:10:10 devid=FG1 logid=0316013056 type=utm subtype=webfilter ";
  const Row rows[] = {
      {"without quotes", "user=bob@contoso.com msg=hello", "bob@contoso.com", "hello"},
      {"blanks without quotes", "user=bob@contoso.com msg=hello big world cat=1", "bob@contoso.com", "hello big world"},
      {"commas between pairs", "user=\"bob@contoso.com\",msg=\"a,b\",cat=1", "bob@contoso.com", "a,b"},
      {"a quote inside", "user=\"bob@contoso.com\" msg=\"say \"hi\" now\" cat=1", "bob@contoso.com", "say \"hi\" now"},
      {"an escaped quote inside", R"(user="bob@contoso.com" msg="say \"hi\" now" cat=1)", "bob@contoso.com",
       "say \"hi\" now"},
      {"one backslash", R"(user="CONTOSO\bob" msg="x")", "bob@contoso.com", "x"},
      {"a path", R"(user="CONTOSO\\nina" msg="C:\new\table")", "nina@contoso.com", R"(C:\new\table)"},
      {"cut inside quotes", "user=\"bob@contoso.com\" msg=\"half", "bob@contoso.com", "half"},
      {"nobody", "user=\"N/A\" msg=\"x\"", "", "x"},
      {"a guess", "unauthuser=\"bob@contoso.com\" msg=\"x\"", "bob@contoso.com", "x"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string line = head + row.pairs;
    const auto read = reading::read(line);
    REQUIRE(read.has_event);
    CHECK(read.event.user == row.user);
    CHECK(value(read, CefKey::msg) == row.message);
    CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T10:10:10.000Z");
  }
}

TEST_CASE("native: what a client writes into a FortiGate row sets no field of the device") {
  struct Row {
    const char* name;
    const char* pairs;
    const char* user;
    const char* destination;
    Outcome outcome;
    Flag flag;
  };
  const std::string head =
      "date=2024-06-15 time=10:10:10 devid=\"FG1\" logid=\"0316013056\" type=\"utm\" subtype=\"webfilter\" ";
  const Row rows[] = {
      {"a URL with quotes",
       R"(user="bob@contoso.com" dstip=203.0.113.9 hostname="h.example" action="blocked" url="/x" user="victim@contoso.com" dstip=192.0.2.66 y="")",
       "bob@contoso.com", "203.0.113.9", Outcome::blocked, Flag::key_forged},
      {"nobody was authenticated",
       R"(dstip=203.0.113.9 hostname="h.example" action="blocked" url="/x" user="victim@contoso.com" y="")", "",
       "203.0.113.9", Outcome::blocked, Flag::key_forged},
      {"an agent in front of the action",
       R"(user="bob@contoso.com" dstip=203.0.113.9 hostname="h.example" agent="x" action="passthrough" z="" action="blocked" url="/x")",
       "bob@contoso.com", "203.0.113.9", Outcome::blocked, Flag::key_forged},
      {"inside the quotes",
       R"(user="bob@contoso.com" dstip=203.0.113.9 hostname="h.example" action="blocked" url="/x suser=victim dst=192.0.2.66")",
       "bob@contoso.com", "203.0.113.9", Outcome::blocked, Flag::embedded_field},
      {"encoded",
       R"(user="bob@contoso.com" dstip=203.0.113.9 hostname="h.example" action="blocked" url="/x%20suser%3Dvictim%20dst%3D192.0.2.66")",
       "bob@contoso.com", "203.0.113.9", Outcome::blocked, Flag::embedded_field},
      {"an agent that ends in a backslash",
       R"(user="bob@contoso.com" dstip=203.0.113.9 hostname="h.example" agent="x\" action="blocked" url="/x suser=a")",
       "bob@contoso.com", "203.0.113.9", Outcome::blocked, Flag::embedded_field},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string line = head + row.pairs;
    const auto read = reading::read(line);
    REQUIRE(read.has_event);
    CHECK(read.event.user == row.user);
    CHECK(read.event.destination_address == row.destination);
    CHECK(read.event.outcome == row.outcome);
    CHECK(read.event.url.host == "h.example");
    CHECK(read.flags.has(row.flag));
  }
  // Refused, and not lost.
  const std::string line = head + rows[1].pairs;
  const auto read = reading::read(line);
  const parsers::CefField* kept = read.cef.find("refused.user");
  REQUIRE(kept != nullptr);
  CHECK(kept->raw == "victim@contoso.com");
}

TEST_CASE("native: FortiProxy's HTTP transactions have the verdict of its inspection") {
  struct Row {
    const char* inspected;
    Outcome outcome;
  };
  for (const Row& row : {Row{"block", Outcome::blocked}, Row{"allow", Outcome::allowed}}) {
    const auto read = reading::read(
        std::string(
            R"(time=12:17:24 devname="proxy" devid=1 eventtime=1744107443758828086 tz="+0200" logid="1000234512" )") +
        R"(type="traffic" subtype="http-transaction" srcip=192.0.2.1 dstip=203.0.113.9 scheme="https" hostname="h.example" )"
        R"(url="https://h.example/x" policyid=5 reqlength=474 resplength=0 user="bob@contoso.com" agent="a" utmaction=")" +
        row.inspected + "\" countdlp=1");
    CHECK(read.event.outcome == row.outcome);
    CHECK(read.event.action == row.inspected);
    CHECK(read.event.user == "bob@contoso.com");
  }
}

TEST_CASE("native: a FortiGate row without the device's names is one by its number and time") {
  const auto read = reading::read(
      R"(date=2023-05-12 time=09:55:45 eventtime=1683885345 tz="+0000" logid="0316013056" type="utm" subtype="webfilter" )"
      R"(srcip=192.0.2.1 dstip=203.0.113.9 hostname="h.example" action="blocked" url="https://h.example/x")");
  CHECK(read.native == Vendor::fortinet);
  CHECK(read.event.outcome == Outcome::blocked);
}

// What FortiOS writes behind the URL, by subtype: "WHO" is the pair in its place, "URL" and "AGENT" are a client's.
TEST_CASE("native: a pair that FortiGate has behind the URL counts in its place, and nowhere else") {
  struct Row {
    const char* pairs;
    const char* own;
    const char* forged;
  };
  const std::string head = R"(date=2024-06-15 time=10:10:10 devid="FG1" logid="0211008192" )";
  const Row rows[] = {
      {R"(type="utm" subtype="virus" msg="File is infected." action="blocked" service="HTTP" srcip=192.0.2.1 filename="x.com" )"
       R"(url="http://h.example/URL" profile="g" WHOagent="AGENT" crscore=50)",
       R"(user="bob@contoso.com")", R"(profile="g" user="victim@contoso.com")"},
      {R"(type="utm" subtype="ips" srcip=192.0.2.1 action="blocked" service="HTTP" attack="x" hostname="h.example" url="/URL" )"
       R"(agent="AGENT" direction="incoming" attackid=1 profile="p" ref="http://f.example/1" WHOincidentserialno=1 msg="m")",
       R"(user="bob@contoso.com")", R"(ref="x" user="victim@contoso.com")"},
      {R"(type="traffic" subtype="http-transaction" srcip=192.0.2.1 action="deny" scheme="http" hostname="h.example" )"
       R"(url="http://h.example/URL" policyid=5 reqlength=474 resplength=0 resptype="generated" WHOagent="AGENT" duration=1)",
       R"(unauthuser="bob@contoso.com")", R"(resplength=1 unauthuser="victim@contoso.com")"},
      {R"(type="utm" subtype="waf" user="bob@contoso.com" srcip=192.0.2.1 service="HTTP" url="http://h.example/URL" severity="medium" )"
       R"(WHOdirection="request" agent="AGENT")",
       R"(action="blocked")", R"(severity="low" action="passthrough")"},
  };
  for (const Row& row : rows) {
    const auto line = [&](const std::string& own, const char* place, const std::string& text) {
      std::string filled = reading::with_text(row.pairs, "WHO", own.empty() ? "" : own + " ");
      for (const std::string other : {"URL", "AGENT"}) {
        filled = reading::with_text(filled, other, other == place ? "x\" " + text + " y=\"" : "x");
      }
      return head + filled;
    };
    const std::string plain = line(row.own, "", "");
    CAPTURE(plain);
    const auto read = reading::read(plain);
    REQUIRE(read.has_event);
    CHECK(read.event.user == "bob@contoso.com");
    CHECK(read.event.outcome == Outcome::blocked);
    CHECK_FALSE(read.flags.has(Flag::key_forged));
    for (const char* place : {"URL", "AGENT"}) {
      for (const std::string own : {row.own, ""}) {
        const std::string doubtful = line(own, place, row.forged);
        CAPTURE(doubtful);
        const auto doubted = reading::read(doubtful);
        CHECK(doubted.event.user != "victim@contoso.com");
        CHECK(doubted.event.outcome != Outcome::allowed);
        CHECK(doubted.flags.has(Flag::key_forged));
        if (!own.empty()) CHECK(doubted.event.user == "bob@contoso.com");
      }
    }
  }
}

TEST_CASE("native: a row of quotes that never close is read in one pass") {
  std::string row = "type=utm subtype=virus";
  while (row.size() < 1'000'000) row += " a=\"x";
  row = "devid=FG1 logid=1 " + row;
  const auto read = reading::read(row);
  CHECK(read.native == Vendor::fortinet);
  CHECK(read.cef.extension.size() <= 520);
}

TEST_CASE("native: each vendor's advice names the switch") {
  const std::pair<Vendor, const char*> kRows[] = {{Vendor::paloalto, "Custom Log Format"},
                                                  {Vendor::fortinet, "set format cef"},
                                                  {Vendor::checkpoint, "cp_log_export"}};
  for (const auto& [vendor, words] : kRows) CHECK(parsers::native_advice(vendor).find(words) != std::string_view::npos);
  CHECK(parsers::native_advice(Vendor::unknown).empty());
  const auto read = reading::read("<134>1 2024-06-15T02:58:25Z gw CheckPoint 1 - [action:\"Accept\"; flags:\"1\"]");
  REQUIRE(read.error.has_value());
  CHECK(read.error->detail == parsers::native_advice(Vendor::checkpoint));
  CHECK(read.native == Vendor::checkpoint);
}

TEST_CASE("native: rows take no memory once the strings have their size") {
  const std::string lines[] = {
      pan_url("contoso\\bob.with.a.long.name", "web-browsing", "alert", "\"h.example.com/a?l={\"\"x\"\":1}\""),
      kWebFilter};
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

TEST_CASE("native: CEF that lost its head is no native row, whatever its keys are called") {
  const auto read = reading::read("CEF:0|Fortinet|Fortigate FTNTFGTlogid=1 FTNTFGTsubtype=webfilter FTNTFGTvd=root");
  CHECK(read.native == Vendor::unknown);
  const auto bare =
      reading::read("0|Fortinet|Fortigate|v7|13056|utm:webfilter|4|logid=1 type=utm devid=FG1 act=blocked");
  CHECK(bare.native == Vendor::unknown);
  CHECK(bare.event.outcome == Outcome::blocked);
}

TEST_CASE("native: values with special bytes come back as they were") {
  for (const std::string_view special : {R"(a\b\\c)", R"(C:\new\table)", "d=e|f", R"(x\=y)", R"(\)", "a\\n"}) {
    CAPTURE(special);
    const std::string row = "type=utm subtype=virus msg=\"" + std::string(special) + "\" cat=1";
    parsers::CefMessage message;
    parsers::NativeScratch scratch;
    REQUIRE(parsers::read_fortinet_pairs(row, scratch, message));
    std::string value;
    CHECK(message.value(CefKey::msg, value) == special);
  }
}

}  // namespace

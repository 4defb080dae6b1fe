// Keys that mean the same to a vendor, rows with other addresses than src and dst, names of vendors in other spellings:
// a client's text sets nothing there either.
#include <doctest/doctest.h>

#include <ostream>
#include <string>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Flag;

constexpr const char* kOlderFortiGate =
    "CEF:0|Fortinet|Fortigate|v6.2.9|1|utm:webfilter ftgd_blk blocked|4|FortinetFortiGateeventtime=1718450629263686912 "
    "FortinetFortiGatelogid=0316013056 cat=utm:webfilter externalId=764 src=192.0.2.1 dst=203.0.113.9 app=HTTP dpt=80 "
    "dhost=h.example FortinetFortiGateaction=blocked request=/xTEXT out=96";
constexpr const char* kFortiAnalyzer =
    "CEF:0|Fortinet|FortiGate-101E|7.0.14|0316013312|webfilter utm blocked|3|eventtime=1718450629263686912 "
    "logid=0317013312 subtype=webfilter externalId=7777 src=192.0.2.1 dst=203.0.113.9 dpt=443 app=HTTPS "
    "dhost=h.example "
    "act=blocked request=https://h.example/xTEXT out=100";
constexpr const char* kFortiGateIpv6 =
    "CEF:0|Fortinet|Fortigate|v7.0|13056|utm:webfilter ftgd_blk blocked|4|FTNTFGTeventtime=1718450629263686912 "
    "FTNTFGTlogid=0316013056 cat=utm:webfilter externalId=764 c6a2=2001:db8::1 c6a3=2001:db8::2 dhost=h.example "
    "act=blocked request=/xTEXT out=96";
constexpr const char* kFortiGatePrefixed =
    "CEF:0|Fortinet|Fortigate|v6.2|1|utm:webfilter|4|FortinetFortiGatelogid=1 FortinetFortiGatesubtype=webfilter "
    "FortinetFortiGateeventtime=1718450629263686912 externalId=7 FortinetFortiGatesrcip=192.0.2.1 "
    "FortinetFortiGatedstip=203.0.113.9 FortinetFortiGateaction=passthrough FortinetFortiGatehostname=h.example "
    "FortinetFortiGateurl=/xTEXT out=96";
constexpr const char* kPanIpv6 =
    "CEF:0|Palo Alto Networks|PAN-OS|10|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=7 c6a2=2001:db8::1 "
    "c6a3=2001:db8::2 suser=bob@contoso.com act=block-url request=\"h.example/\" externalId=5 "
    "requestClientApplication=xTEXT PanOSReferer=y dvchost=fw1";
constexpr const char* kPan =
    "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 src=192.0.2.1 "
    "dst=203.0.113.9 suser=bob@contoso.com app=web-browsing dpt=80 act=alert request=\"h.example/x\" cs2=news "
    "externalId=7 requestContext=a/b cat=(9999) requestClientApplication=curlTEXT PanOSReferer=r dvchost=fw1 "
    "PanTimeHighRes=2024-06-15T08:10:31.250Z";
constexpr const char* kPanHeader =
    "CEF:0|Palo Alto Networks|PAN-OS|10.0|x(1)|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 src=192.0.2.1 "
    "dst=203.0.113.9 act=alert request=\"h.example/x\" externalId=7 dvchost=fw1 PanOSHTTPHeader=xTEXT PanOSRuleUUID=7";
constexpr const char* kZscaler =
    "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed Severity=3 app=HTTP dst=203.0.113.9 src=192.0.2.1 "
    "request=h.example/x rt=Jun 11 2024 02:52:44 requestClientApplication=curlTEXT requestMethod=GET "
    "suser=bob@contoso.com spriv=HQ externalId=73 reason=Allowed requestContext=None";
constexpr const char* kZscalerIpv6 =
    "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed Severity=3 app=HTTP c6a2=2001:db8::1 c6a3=2001:db8::2 "
    "request=h.example/xTEXT rt=Jun 11 2024 02:52:44 requestClientApplication=curl requestMethod=GET "
    "suser=bob@contoso.com spriv=HQ externalId=73 reason=Allowed requestContext=None";
constexpr const char* kCheckPoint =
    "CEF:0|CheckPoint|URL Filtering|Check Point|Log|Log|Unknown|act=Accept request=http://h.example/xTEXT "
    "rt=1732785010000 loguid={0x6b,0x1} dst=203.0.113.9 src=192.0.2.1";
constexpr const char* kCheckPointAgent =
    "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block request=http://h.example/x "
    "requestClientApplication=aTEXT rt=1718439031000 spt=1 dpt=80 suser=bob@contoso.com ifname=eth1 loguid={0x1,0x2} "
    "dst=203.0.113.9 src=192.0.2.1";

constexpr const char* kCheckPointReferer =
    "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block request=http://h.example/x "
    "requestClientApplication=aTEXT requestContext=http://r.example/ rt=1718439031000 spt=1 dpt=80 "
    "suser=bob@contoso.com ifname=eth1 loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1";
constexpr const char* kCheckPointUrl =
    "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block request=http://h.example/xTEXT "
    "rt=1718439031000 spt=1 dpt=80 suser=bob@contoso.com ifname=eth1 loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1";
constexpr const char* kCheckPointFile =
    "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block fname=aTEXT request=http://h.example/x "
    "rt=1718439031000 spt=1 dpt=80 suser=bob@contoso.com ifname=eth1 loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1";

std::string many(const char* field, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += field;
  return text;
}

TEST_CASE("forgery: keys of the same meaning, other addresses and other spellings open no way in") {
  struct Row {
    const char* line;
    std::string text;
  };
  const Row rows[] = {
      {kOlderFortiGate, " act=passthrough"},
      {kOlderFortiGate, " FTNTFGTaction=passthrough"},
      {kOlderFortiGate, " FTNTFGTlogid=9"},
      {kOlderFortiGate, " logid=9"},
      {kFortiAnalyzer, " subtype=event"},
      {kFortiAnalyzer, " cat=event"},
      {kFortiAnalyzer, " FTNTFGTsubtype=event"},
      {kFortiAnalyzer, " FTNTFGTlogid=9"},
      {kFortiGateIpv6, " duser=evil@x.com"},
      {kFortiGateIpv6, " dst=6.6.6.6"},
      {kFortiGatePrefixed, " duser=evil@x.com"},
      {kFortiGatePrefixed, " act=blocked"},
      {kPanIpv6, " dst=6.6.6.6"},
      {kPan, " PanOSTimeGeneratedHighResolution=2024-06-15T09:05:00Z"},
      {kPanHeader, " PanTimeHighRes=2020-01-01T00:00:00Z"},
      {kZscaler, " dpt=443"},
      {kZscalerIpv6, " dhost=evil.com dst=6.6.6.6"},
      {kCheckPoint, " duser=evil@x.com"},
      {kCheckPointReferer, " rt=1500000000000"},
      {kCheckPointReferer, " rt=1500000000000 suser=victim@contoso.com"},
      {kCheckPointUrl, " rt=1500000000000 suser=victim@contoso.com requestContext=y"},
      {kCheckPointFile, " rt=1500000000000"},
      {kCheckPointAgent, " suser=victim@contoso.com" + many(" a=1", 60)},
      {kCheckPointAgent, " rt=1500000000000" + many(" a=1", 63)},
      {kCheckPointAgent, " rt=1500000000000" + many(" a=1", 300)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CAPTURE(row.text);
    const auto own = reading::read(reading::with_text(row.line, "TEXT", ""));
    const auto read = reading::read(reading::with_text(row.line, "TEXT", row.text));
    REQUIRE(read.has_event);
    CHECK(read.event.user == own.event.user);
    CHECK(read.event.source_address == own.event.source_address);
    CHECK(read.event.destination_address == own.event.destination_address);
    CHECK(read.event.action == own.event.action);
    CHECK(read.event.outcome == own.event.outcome);
    CHECK(read.event.time == own.event.time);
    CHECK(read.event.record_key == own.event.record_key);
    CHECK(read.event.url.scheme == own.event.url.scheme);
    CHECK(read.event.url.host == own.event.url.host);
    CHECK(read.flags.has(Flag::key_forged));
    CHECK_FALSE(own.flags.has(Flag::key_forged));
  }
}

TEST_CASE("forgery: a PAN-OS row that is sorted by key or by column loses nothing") {
  for (const char* line : {
           "CEF:0|Palo Alto Networks|PAN-OS|9.1|url|THREAT|1|act=alert cs1=r cs1Label=Rule deviceExternalId=1 "
           "dst=203.0.113.9 msg=note request=\"h.example/a\" rt=Jun 11 2024 02:52:44 spt=5 src=192.0.2.1 "
           "suser=bob@contoso.com",
           "CEF:0|Palo Alto Networks|PAN-OS|9.1|url|THREAT|1|dst=203.0.113.9 act=alert cs1=r cs1Label=Rule "
           "deviceExternalId=1 msg=note rt=Jun 11 2024 02:52:44 request=\"h.example/a\" spt=5 src=192.0.2.1 "
           "suser=bob@contoso.com",
       }) {
    CAPTURE(line);
    const auto read = reading::read(line);
    CHECK(read.event.user == "bob@contoso.com");
    CHECK(read.event.source_address == "192.0.2.1");
    CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-11T02:52:44.000Z");
    CHECK(read.cef.find(parsers::CefKey::spt) != nullptr);
    CHECK_FALSE(read.flags.has(Flag::key_forged));
  }
}

TEST_CASE("forgery: a URL in the referer of a Strata row is not the row's") {
  const auto read = reading::read(
      "CEF:0|Palo Alto Networks|LF|2.0|THREAT|url|1|dtz=UTC rt=Mar 01 2021 20:48:21 deviceExternalId=1 "
      "PanOSHTTPRefererURLPath=/x request=http://bad.example/z PanOSIsDecrypted=false suser=bob@contoso.com "
      "src=192.0.2.1 dst=203.0.113.9 act=alert request=h.example/a");
  CHECK(read.event.url.host == "h.example");
  CHECK(read.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: of two names of a user in a Strata row the second must be the same person's") {
  struct Row {
    const char* user;
    const char* other;
    const char* expected;
    bool is_forged;
  };
  for (const Row& row : {Row{"jane", "evil@contoso.com", "jane", true}, Row{"jane", "Jane@contoso.com", "jane", false},
                         Row{"contoso\\\\jane", "jane@contoso.com", "jane", false},
                         Row{"jane doe", "jdoe@contoso.com", "jdoe", false}}) {
    const auto read = reading::read(
        "CEF:0|Palo Alto Networks|LF|2.0|THREAT|url|1|dtz=UTC rt=Mar 01 2021 20:48:21 deviceExternalId=1 "
        "PanOSHTTPRefererURLPath=/x PanOSSourceUserName=" +
        std::string(row.other) + " PanOSIsDecrypted=false suser=" + row.user +
        " src=192.0.2.1 dst=203.0.113.9 act=alert request=h.example/a");
    CAPTURE(row.other);
    CHECK(read.event.account == row.expected);
    CHECK(read.event.user.empty() == row.is_forged);
    CHECK(read.flags.has(Flag::key_forged) == row.is_forged);
  }
}

TEST_CASE("forgery: a client's text in a PAN-OS row fills no column of the source") {
  for (const char* forged : {"shost=evil", "smac=evil", "dmac=evil", "sourceDnsDomain=evil"}) {
    CAPTURE(forged);
    const auto read = reading::read(reading::with_text(
        "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 "
        "src=192.0.2.1 dst=203.0.113.9 suser=bob@contoso.com act=alert request=h.example/x TEXT cs2=news externalId=7",
        "TEXT", forged));
    CHECK(read.flags.has(Flag::key_forged));
    CHECK(read.cef.find(std::string_view(forged).substr(0, std::string_view(forged).find('='))) == nullptr);
  }
}

TEST_CASE("forgery: a URL of Check Point stands in front of loguid, and one in a PAN-OS row without any is doubted") {
  const auto behind = reading::read(
      "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block rt=1718439031000 dpt=80 "
      "loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1 user_agent=curl request=http://evil.example/z");
  CHECK_FALSE(behind.event.has_url);
  CHECK(behind.flags.has(Flag::key_forged));
  const auto own = reading::read(
      "CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|act=Accept rt=1718439031000 dpt=443 "
      "loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1 suser=bob cs5=News request=https://h.example:443/");
  CHECK(reading::url_of(own.event) == "https://h.example/");
  CHECK_FALSE(own.flags.has(Flag::key_forged));
  for (const char* forged : {"misc=evil.example/z", "requestURL=evil.example/z", "PanOSURL=evil.example/z"}) {
    CAPTURE(forged);
    const auto read = reading::read(reading::with_text(
        "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 "
        "src=192.0.2.1 dst=203.0.113.9 suser=bob@contoso.com app=web-browsing dpt=80 act=alert request=\"\" cs2=news "
        "externalId=7 requestContext=a/b cat=(9999) requestClientApplication=curl TEXT PanOSReferer=r dvchost=fw1",
        "TEXT", forged));
    CHECK(read.flags.has(Flag::embedded_field));
  }
}

TEST_CASE("Palo Alto: a URL that ends in a quote which nobody doubled ends there") {
  const auto read = reading::read(
      "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 src=192.0.2.1 "
      "dst=203.0.113.9 suser=bob@contoso.com act=alert request=\"h.example/?q=\"foo\"\" cs2=news externalId=7 "
      "requestContext=a/b cat=(9999) requestClientApplication=\"curl\" PanOSReferer=r dvchost=fw1");
  CHECK(read.event.url_raw == "\"h.example/?q=\"foo\"\"");
  REQUIRE(read.cef.find(parsers::CefKey::externalId) != nullptr);
  CHECK(read.cef.find(parsers::CefKey::requestClientApplication)->raw == "\"curl\"");
}

}  // namespace

// A field spelled inside a URL, a referer or a user agent changes nothing that the device wrote, for any vendor, and is
// flagged.
#include <doctest/doctest.h>

#include <ostream>
#include <string>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Flag;
using parsers::Outcome;

// Each has TEXT where the client's text stands.
struct Template {
  const char* name;
  const char* line;
  const char* destination;
  Outcome outcome;
};
constexpr Template kTemplates[] = {
    {"PAN-OS",
     "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT src=192.0.2.1 dst=203.0.113.9 "
     "suser=bob@contoso.com duser= app=web-browsing dpt=80 act=block-url request=h.example/TEXT cs2Label=URL Category "
     "cs2=any externalId=1",
     "203.0.113.9", Outcome::blocked},
    {"PAN-OS, quotes",
     "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT src=192.0.2.1 dst=203.0.113.9 "
     "suser=bob@contoso.com duser= app=web-browsing dpt=80 act=block-url request=\"h.example/TEXT\" cs2Label=URL "
     "Category cs2=any externalId=1",
     "203.0.113.9", Outcome::blocked},
    {"FortiGate",
     "CEF:0|Fortinet|Fortigate|v7.0|13056|utm:webfilter ftgd_blk blocked|4|cat=utm:webfilter duser=bob@contoso.com "
     "src=192.0.2.1 dst=203.0.113.9 dpt=80 app=HTTP dhost=h.example act=blocked request=/TEXT out=1 in=2",
     "203.0.113.9", Outcome::blocked},
    {"Check Point",
     "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block rt=1718450629000 dst=203.0.113.9 "
     "src=192.0.2.1 suser=bob@contoso.com request=http://h.example/TEXT service_id=http",
     "203.0.113.9", Outcome::blocked},
    {"Check Point, the user behind",
     "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block rt=1718450629000 dst=203.0.113.9 "
     "src=192.0.2.1 request=http://h.example/TEXT service_id=http suser=bob@contoso.com",
     "203.0.113.9", Outcome::blocked},
    {"Zscaler",
     "CEF:0|Zscaler|NSSWeblog|5.7|Blocked|Blocked|3|act=Blocked app=HTTP dst=203.0.113.9 src=192.0.2.1 "
     "request=h.example/TEXT rt=Jun 15 2024 08:10:31 requestClientApplication=x requestMethod=GET "
     "suser=bob@contoso.com "
     "spriv=HQ",
     "203.0.113.9", Outcome::blocked},
    {"Zscaler, in the user agent",
     "CEF:0|Zscaler|NSSWeblog|5.7|Blocked|Blocked|3|act=Blocked app=HTTP dst=203.0.113.9 src=192.0.2.1 "
     "request=h.example/ rt=Jun 15 2024 08:10:31 requestClientApplication=TEXT requestMethod=GET "
     "suser=bob@contoso.com spriv=HQ requestContext=r.example/",
     "203.0.113.9", Outcome::blocked},
    {"FortiGate, native",
     "date=2024-06-15 time=10:10:10 devid=\"FG1\" logid=\"0316013056\" type=\"utm\" subtype=\"webfilter\" "
     "user=\"bob@contoso.com\" dstip=203.0.113.9 service=\"HTTP\" hostname=\"h.example\" action=\"blocked\" "
     "url=\"/TEXT\" sentbyte=1",
     "203.0.113.9", Outcome::blocked},
    {"PAN-OS, native",
     "1,2024/06/15 10:10:10,012801096514,THREAT,url,2049,2024/06/15 10:10:09,192.0.2.10,203.0.113.9,,,out,"
     "bob@contoso.com,,web-browsing,vsys1,a,b,c,d,e,2024/06/15 10:10:10,1,1,2,80,0,0,0x0,tcp,block-url,"
     "\"h.example/TEXT\",(9999),any,informational,client-to-server,7729,0x0",
     "203.0.113.9", Outcome::blocked},
};

constexpr const char* kTexts[] = {
    "x suser=victim@contoso.com duser=victim@contoso.com dst=1.2.3.4 act=Allowed",
    "x%20suser%3Dvictim@contoso.com%20dst%3D1.2.3.4",
    "x%20suser=victim@contoso.com%20dst=1.2.3.4",
    "x suser\\=victim@contoso.com dst\\=1.2.3.4",
    "x a=1 b=2 suser=victim@contoso.com duser=victim@contoso.com dst=1.2.3.4 act=Allowed",
    "x\" suser=victim@contoso.com duser=victim@contoso.com dst=1.2.3.4 act=Allowed y=\"",
    "x user=\"victim@contoso.com\" dstip=1.2.3.4 action=passthrough suser=victim@contoso.com dst=1.2.3.4",
};

TEST_CASE("forgery: client text changes no field of the device, for any vendor, and is flagged") {
  for (const Template& row : kTemplates) {
    CAPTURE(row.name);
    for (const std::string text : kTexts) {
      CAPTURE(text);
      const std::string line = reading::with_text(row.line, "TEXT", text);
      const auto read = reading::read(line);
      REQUIRE(read.has_event);
      CHECK(read.event.user == "bob@contoso.com");
      CHECK(read.event.destination_address == row.destination);
      CHECK(read.event.outcome == row.outcome);
      REQUIRE(read.event.has_url);
      CHECK(read.event.url.host == "h.example");
      CHECK((read.flags.has(Flag::key_forged) || read.flags.has(Flag::embedded_field)));
    }
  }
}

TEST_CASE("forgery: a user that the device left empty stays empty") {
  for (const Template& row : kTemplates) {
    CAPTURE(row.name);
    for (const std::string text : kTexts) {
      CAPTURE(text);
      std::string line = row.line;
      const auto user = line.find("bob@contoso.com");
      line.replace(user, 15, "");
      line = reading::with_text(line, "TEXT", text);
      const auto read = reading::read(line);
      REQUIRE(read.has_event);
      CHECK(read.event.user == "");
      CHECK(read.event.destination_address == row.destination);
    }
  }
}

// What stands in such a row in front of the client's text, and what a forger adds that the device did not write.
TEST_CASE("forgery: what the device did not write stays unknown, where it writes such things in front of the client") {
  constexpr const char* kDevices[] = {
      "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 src=192.0.2.1 "
      "app=web-browsing dpt=80 act=block-url request=h.example/TEXT cs2Label=URL Category cs2=any externalId=1",
      "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 src=192.0.2.1 "
      "app=web-browsing dpt=80 act=block-url request=\"h.example/x\" cs2Label=URL Category cs2=any externalId=1 "
      "requestContext=a/b "
      "requestClientApplication=TEXT PanOSReferer=r.example/",
      "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 src=192.0.2.1 "
      "app=web-browsing dpt=80 act=block-url request=\"h.example/x\" cs2Label=URL Category cs2=any externalId=1 "
      "requestContext=a/b "
      "requestClientApplication=curl PanOSReferer=TEXT dvchost=fw",
      "Jun 15 08:10:31 fw CEF:0|Fortinet|Fortigate|v5.6|13056|utm:webfilter ftgd_blk blocked|4|"
      "FTNTFGTlogid=0316013056 cat=utm:webfilter "
      "src=192.0.2.1 dpt=80 app=HTTP dhost=h.example act=blocked request=/TEXT out=1 in=2",
      "Jun 15 08:10:31 fw CEF:0|Fortinet|Fortigate|v5.6|13056|utm:webfilter ftgd_blk blocked|4|"
      "FTNTFGTlogid=0316013056 cat=utm:webfilter "
      "src=192.0.2.1 dpt=80 app=HTTP dhost=h.example act=blocked request=/x out=1 in=2 msg=TEXT FTNTFGTcat=26",
  };
  constexpr const char* kForged[] = {
      "suser=victim@contoso.com",
      "duser=victim@contoso.com",
      "suser0=victim@contoso.com",
      "user=victim@contoso.com",
      "FTNTFGTuser=victim@contoso.com",
      "FTNTFGTunauthuser=victim@contoso.com",
      "FortinetFortiGateuser=victim@contoso.com",
      "PanOSSourceUserName=victim@contoso.com",
      "requestMethod=GET suser=victim@contoso.com",
      "cs3=x a=1 duser=victim@contoso.com",
      "suser=a duser=victim@contoso.com suser=b",
      "dst=1.2.3.4",
      "FTNTFGTdstip=1.2.3.4",
      "c6a3=fd00::1 c6a3Label=Destination IPv6 Address",
      "start=Jan 01 2020 00:00:00 rt=Jan 01 2020 00:00:00",
      "FTNTFGTeventtime=1500000000",
      "dtz=+09:00",
      "FTNTFGTtz=+0900",
      "dhost=evil.example sntdom=contoso",
  };
  for (const char* device : kDevices) {
    CAPTURE(device);
    for (const char* forged : kForged) {
      CAPTURE(forged);
      const std::string line = reading::with_text(device, "TEXT", std::string("x ") + forged);
      const auto read = reading::read(line);
      REQUIRE(read.has_event);
      const std::string_view name = forged;
      const bool is_other_vendors = read.event.vendor == parsers::Vendor::paloalto
                                        ? name.starts_with("F") || name.starts_with("user")
                                        : name.starts_with("PanOS") || name.starts_with("suser0");
      CHECK(read.event.user == "");
      CHECK(read.event.destination_address == "");
      CHECK(read.event.source_address == "192.0.2.1");
      CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T08:10:31.000Z");
      CHECK(read.event.outcome == Outcome::blocked);
      CHECK(read.event.url.host == "h.example");
      CHECK((is_other_vendors || read.flags.has(Flag::key_forged)));
    }
  }
}

TEST_CASE("forgery: a message or outcome behind a client's text is nobody's, where the template has it elsewhere") {
  struct Row {
    const char* line;
    const char* text;
  };
  constexpr Row kDevices[] = {
      {"CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 "
       "src=192.0.2.1 app=web-browsing act=alert request=h.example/TEXT cs2Label=URL Category cs2=any externalId=1 "
       "requestContext=a/b requestMethod=get requestClientApplication=curl PanOSReferer=r.example/ dvchost=fw",
       "h.example/x"},
      {"CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 "
       "src=192.0.2.1 app=web-browsing act=alert request=\"h.example/x\" cs2Label=URL Category cs2=any externalId=1 "
       "requestContext=a/b requestMethod=get requestClientApplication=TEXT PanOSReferer=r.example/ dvchost=fw",
       "\"h.example/x\""},
      {"CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed Severity=3 app=HTTP dst=203.0.113.9 src=192.0.2.1 "
       "request=h.example/TEXT rt=Jun 15 2024 08:10:31 requestClientApplication=curl requestMethod=GET suser=bob "
       "spriv=HQ requestContext=None contenttype=x",
       "h.example/x"},
      {"CEF:0|Fortinet|Fortigate|v7.0|13056|utm:webfilter ftgd_blk blocked|4|FTNTFGTlogid=0316013056 "
       "cat=utm:webfilter duser=bob src=192.0.2.1 dst=203.0.113.9 dpt=80 app=HTTP dhost=h.example act=blocked "
       "request=/TEXT out=120 in=948 deviceDirection=1 FTNTFGTcat=25",
       "/x"},
      {"CEF:0|Check Point|SmartDefense|Check Point|IPS|Some|High|act=Block in=52 out=0 request=http://h.example/TEXT "
       "requestMethod=GET rt=1718439031000 spt=1 dpt=80 loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1",
       "http://h.example/x"},
  };
  constexpr const char* kForged[] = {
      "msg=made up",
      "outcome=success",
      "cs3=x outcome=success msg=made up",
      "msg=made up outcome=success msg=again",
      "out=1 msg=made up outcome=success",
      "in=1 a=b msg=made up",
  };
  for (const Row& row : kDevices) {
    CAPTURE(row.line);
    for (const char* forged : kForged) {
      CAPTURE(forged);
      const std::string line = reading::with_text(row.line, "TEXT", std::string("x ") + forged);
      CAPTURE(line);
      const auto read = reading::read(line);
      CHECK(read.cef.find(parsers::CefKey::msg) == nullptr);
      CHECK(read.cef.find(parsers::CefKey::outcome) == nullptr);
      REQUIRE(read.cef.find(parsers::CefKey::request) != nullptr);
      CHECK(read.cef.find(parsers::CefKey::request)->raw == row.text);
      CHECK(read.event.source_address == "192.0.2.1");
      CHECK(read.flags.has(Flag::key_forged));
    }
  }
}

TEST_CASE("forgery: a message or outcome behind a client's text counts where the template has it") {
  struct Row {
    const char* line;
    const char* message;
    const char* outcome;
  };
  constexpr Row kRows[] = {
      {"CEF:0|Palo Alto Networks|PAN-OS|10.0|wildfire|THREAT|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 "
       "src=192.0.2.1 act=allow request=\"a.pdf\" externalId=1 filePath=wildfire.example fileId=0 suid=a msg=The "
       "subject "
       "duid=b oldFileId=1",
       "The subject", ""},
      {"CEF:0|Palo Alto Networks|PAN-OS|10.0|general|SYSTEM|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=01 "
       "fname=x flexString2=general msg=Link up externalId=1",
       "Link up", ""},
      {"CEF:0|Fortinet|Fortigate|v5.6.0|13056|utm:webfilter ftgd_blk blocked|4|FTNTFGTlogid=0316013056 "
       "cat=utm:webfilter src=192.0.2.1 dst=203.0.113.9 app=HTTP dhost=h.example act=blocked request=/ out=120 in=948 "
       "deviceDirection=1 msg=URL belongs to a denied category FTNTFGTcat=25 requestContext=Streaming",
       "URL belongs to a denied category", ""},
      {"CEF:0|Fortinet|Fortigate|v7.0.7|28704|utm:app-ctrl signature pass|2|FTNTFGTlogid=1059028704 cat=utm:app-ctrl "
       "src=192.0.2.1 dst=203.0.113.9 app=HTTP act=pass dhost=h.example request=/x msg=Web.Client: Firefox,",
       "Web.Client: Firefox,", ""},
      {"CEF:0|Fortinet|Fortigate|v6.0.3|32002|event:system login failed|7|FTNTFGTlogid=0100032002 cat=event:system "
       "src=192.0.2.1 msg=Administrator admin1 login failed act=login outcome=failed",
       "Administrator admin1 login failed", "failed"},
      {"CEF:0|Check Point|SmartDefense|Check Point|IPS|Some|High|act=Block msg=Web Server Enforcement Violation out=0 "
       "outcome=Failed request=http://h.example/ rt=1718439031000 loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1",
       "Web Server Enforcement Violation", "Failed"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.line);
    const auto read = reading::read(row.line);
    std::string scratch;
    CHECK(read.cef.value(parsers::CefKey::msg, scratch) == row.message);
    CHECK(read.cef.value(parsers::CefKey::outcome, scratch) == row.outcome);
    CHECK_FALSE(read.flags.has(Flag::key_forged));
  }
}

// In a row of FortiGate without bytes behind the URL the device's message stands there as well.
TEST_CASE("forgery: a message directly behind FortiGate's URL counts where no bytes follow") {
  const auto read = reading::read(
      "CEF:0|Fortinet|Fortigate|v7.0.7|28704|utm:app-ctrl signature pass|2|FTNTFGTlogid=1059028704 cat=utm:app-ctrl "
      "src=192.0.2.1 dst=203.0.113.9 app=HTTP act=pass dhost=h.example request=/x msg=made up");
  REQUIRE(read.cef.find(parsers::CefKey::msg) != nullptr);
  CHECK(read.cef.find(parsers::CefKey::msg)->raw == "made up");
}

TEST_CASE("forgery: a path gets no host from the text of a client") {
  const auto read = reading::read(
      "CEF:0|Fortinet|Fortigate|v7.0|13056|utm:webfilter ftgd_blk blocked|4|FTNTFGTlogid=0316013056 cat=utm:webfilter "
      "src=192.0.2.1 dpt=80 app=HTTP act=blocked request=/x dhost=evil.example out=1");
  CHECK_FALSE(read.event.has_url);
  CHECK(read.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: a template of a customer's own order keeps what it holds") {
  constexpr const char* kLines[] = {
      "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|act=alert request=h.example/x suser=bob@contoso.com "
      "src=192.0.2.1 dst=203.0.113.9 rt=Jun 15 2024 08:10:31 GMT",
      "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|src=192.0.2.1 act=alert request=\"h.example/x\" "
      "dst=203.0.113.9 suser=bob@contoso.com rt=Jun 15 2024 08:10:31 GMT",
      "CEF:0|Fortinet|Fortigate|v7.0|13056|utm:webfilter|4|cat=utm:webfilter duser=bob@contoso.com src=192.0.2.1 "
      "act=passthrough request=/x dhost=h.example dst=203.0.113.9 rt=Jun 15 2024 08:10:31 GMT",
      "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|src=192.0.2.1 request=h.example/x suser=bob@contoso.com "
      "dst=203.0.113.9 act=Allowed rt=Jun 15 2024 08:10:31 GMT",
      "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Accept src=192.0.2.1 "
      "request=http://h.example/x "
      "dst=203.0.113.9 suser=bob@contoso.com rt=1718439031000",
  };
  for (const char* line : kLines) {
    CAPTURE(line);
    const auto read = reading::read(line);
    CHECK(read.event.user == "bob@contoso.com");
    CHECK(read.event.destination_address == "203.0.113.9");
    CHECK(read.event.url.host == "h.example");
    CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T08:10:31.000Z");
    CHECK(read.event.outcome == Outcome::allowed);
    CHECK_FALSE(read.flags.has(Flag::key_forged));
  }
}

TEST_CASE("forgery: keys that the Zscaler and Check Point templates have behind a client's text keep their place") {
  constexpr const char* kZscaler =
      "CEF:0|Zscaler|NSSWeblog|5.7|Blocked|Blocked|3|act=Blocked Severity=3 app=HTTP dhost=h.example dst=203.0.113.9 "
      "src=192.0.2.1 outcome=403 request=h.example/URL rt=Jun 15 2024 08:10:31 sourceTranslatedAddress=192.0.2.9 "
      "requestClientApplication=AGENT requestMethod=GET suser=bob@contoso.com spriv=HQ externalId=7 reason=Blocked "
      "cs1=it cs1Label=dept requestContext=REFERER contenttype=x";
  constexpr const char* kCheckPoint =
      "CEF:0|Check Point|New Anti Virus|Check Point|Redirect|x|Medium|act=Block duser=bob@contoso.com out=0 "
      "request=http://h.example/URL requestClientApplication=AGENT rt=1718439031000 spt=1 dpt=80 "
      "suser=bob@contoso.com loguid={0x1} dst=203.0.113.9 src=192.0.2.1 user_agent=REFERER";
  constexpr const char* kForged[] = {
      "suser=victim@contoso.com",
      "cs2=x suser=victim@contoso.com",
      "requestMethod=GET suser=victim@contoso.com",
      "requestMethod=GET suser=victim@contoso.com requestContext=y",
      "suser=victim@contoso.com requestContext=y",
      "suser=victim@contoso.com spriv=x externalId=1 requestContext=y requestMethod=GET",
      "contenttype=x spriv=x suser=victim@contoso.com",
      "rt=Jan 01 2020 00:00:00",
      "cs2=x rt=Jan 01 2020 00:00:00",
      "dtz=+09:00 x=y dhost=evil.example",
      "dst=1.2.3.4 src=6.6.6.6 act=Allowed",
  };
  for (const char* device : {kZscaler, kCheckPoint}) {
    for (const char* place : {"URL", "AGENT", "REFERER"}) {
      CAPTURE(place);
      for (const char* forged : kForged) {
        CAPTURE(forged);
        const std::string line = reading::with_text(device, place, std::string("x ") + forged);
        const auto read = reading::read(line);
        CHECK(read.event.user == "bob@contoso.com");
        CHECK(read.event.destination_address == "203.0.113.9");
        CHECK(read.event.source_address == "192.0.2.1");
        CHECK(read.event.outcome == Outcome::blocked);
        CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T08:10:31.000Z");
      }
    }
  }
}

// NSS encodes the blanks of referers: where the two readings are alike, the one with the user agent is taken.
TEST_CASE("forgery: all of a Zscaler template in a user agent sets no user, though in a referer it does") {
  constexpr const char* kRow =
      "CEF:0|Zscaler|NSSWeblog|5.7|Blocked|Blocked|3|act=Blocked Severity=3 dst=203.0.113.9 src=192.0.2.1 "
      "request=h.example/ rt=Jun 15 2024 08:10:31 requestClientApplication=AGENT requestMethod=GET "
      "suser=bob@contoso.com spriv=HQ externalId=7 reason=Blocked requestContext=REFERER contenttype=x";
  constexpr const char* kForged =
      "x requestMethod=GET suser=victim@contoso.com spriv=x externalId=1 reason=x requestContext=y";
  for (const auto& [place, user] :
       {std::pair("AGENT", "bob@contoso.com"), std::pair("REFERER", "victim@contoso.com")}) {
    const std::string line = reading::with_text(kRow, place, kForged);
    const auto read = reading::read(line);
    CHECK(read.event.user == user);
    CHECK(read.flags.has(Flag::key_forged));
  }
}

TEST_CASE("forgery: a user in front of the client's text is not bettered by one behind it") {
  constexpr const char* kLines[] = {
      "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block rt=1718450629000 src=192.0.2.1 suser=bob "
      "request=http://h.example/x src_user_name=victim@contoso.com loguid={0x1}",
      "CEF:0|Fortinet|Fortigate|v7.0|13056|utm:webfilter|4|cat=utm:webfilter duser=bob src=192.0.2.1 dhost=h.example "
      "act=blocked request=/x FTNTFGTuser=victim@contoso.com out=1",
  };
  for (const char* line : kLines) {
    CAPTURE(line);
    const auto read = reading::read(line);
    CHECK(read.event.account == "bob");
    CHECK(read.event.user == "");
    CHECK(read.flags.has(Flag::key_forged));
  }
}

TEST_CASE("forgery: the same user in front of the client's text and behind it is no forgery") {
  const auto read = reading::read(
      "CEF:0|Check Point|New Anti Virus|Check Point|Redirect|x|Medium|act=Redirect duser=User1 "
      "request=http://h.example/a requestClientApplication=Other: Mozilla/5.0 (X11) rt=1718439031000 suser=User1 "
      "loguid={0x1} src=192.0.2.1 src_user_dn=CN=Alex Example,OU=users,DC=example,DC=com");
  CHECK(read.event.account == "user1");
  CHECK_FALSE(read.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: the time of a PAN-OS row is the device's, whatever precise time a client makes up") {
  constexpr const char* kRow =
      "CEF:0|Palo Alto Networks|PAN-OS|10.1|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT src=192.0.2.1 dst=203.0.113.9 "
      "suser=bob@contoso.com act=alert request=\"h.example/x\" requestClientApplication=AGENT PanOSReferer=REFERER "
      "PanOSVsysName= dvchost=fw PanOSTunnelID=0";
  for (const char* place : {"AGENT", "REFERER"}) {
    for (const char* forged : {"PanTimeHighRes=2020-01-01T00:00:00Z", "dvchost=x PanTimeHighRes=2020-01-01T00:00:00Z",
                               "cfp1=1 PanOSTimeGeneratedHighResolution=2020-01-01T00:00:00Z"}) {
      CAPTURE(forged);
      const std::string line = reading::with_text(kRow, place, std::string("x ") + forged);
      auto read = reading::read(line);
      CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T08:10:31.000Z");
      CHECK(read.flags.has(Flag::key_forged));
      read = reading::read(line + " PanTimeHighRes=2024-06-15T08:10:30.250Z");
      CHECK(parsers::format_rfc3339(read.event.time).starts_with("2024-06-15T08:10:3"));
    }
  }
  const auto read = reading::read(std::string(kRow) + " PanTimeHighRes=2024-06-15T03:10:30.250-05:00");
  CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T08:10:30.250Z");
  CHECK_FALSE(read.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: the quotes that PAN-OS puts around a URL hold whatever the URL holds") {
  const auto read = reading::read(
      "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT src=192.0.2.1 dst=203.0.113.9 "
      "suser=bob@contoso.com act=alert request=\"h.example/?q suser=victim requestContext=y msg=z\" cs2Label=URL "
      "Category cs2=any requestContext=text/html requestClientApplication=\"odd\"");
  CHECK(read.cef.find(parsers::CefKey::msg) == nullptr);
  REQUIRE(read.cef.find(parsers::CefKey::requestContext) != nullptr);
  CHECK(read.cef.find(parsers::CefKey::requestContext)->raw == "text/html");
  CHECK(read.event.url_raw == "\"h.example/?q suser=victim requestContext=y msg=z\"");
  CHECK(read.flags.has(Flag::embedded_field));
}

TEST_CASE("forgery: a second URL in a user agent of Zscaler gives no time a place") {
  const auto read = reading::read(
      "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed Severity=3 name=Allowed deviceEventClassId=Allowed "
      "app=HTTP dhost=h.example dst=203.0.113.9 src=192.0.2.1 request=h.example/a rt=Jun 11 2024 02:52:44 "
      "sourceTranslatedAddress=1.1.1.1 requestClientApplication=Mozilla/5.0 request=x rt=Jun 11 2020 02:52:44 "
      "requestMethod=GET suser=user@contoso.com spriv=Home externalId=73 reason=Allowed requestContext=None "
      "contenttype=text/html");
  CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-11T02:52:44.000Z");
  CHECK(read.event.user == "user@contoso.com");
  CHECK(read.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: Zscaler's texts carry no zone, so that none is taken from a client") {
  const auto read = reading::read(
      "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTP dhost=h.example dst=203.0.113.9 "
      "src=192.0.2.1 request=h.example/a rt=Jun 11 2024 02:52:44 requestClientApplication=Mozilla/5.0 dtz=+1400 "
      "requestMethod=GET suser=user@contoso.com");
  CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-11T02:52:44.000Z");
}

TEST_CASE("forgery: only Check Point repeats custom fields in good faith") {
  const auto read = reading::read(
      "CEF:0|Palo Alto Networks|PAN-OS|10.0.0|url|THREAT|1|rt=Mar 02 2021 20:56:18 GMT deviceExternalId=0072 "
      "src=192.0.2.1 dst=203.0.113.9 cs1Label=Rule cs1=Allow-Web suser=bob app=ssl cs2Label=URL Category "
      "cs2=news act=alert request=\"h.example/\" requestClientApplication=\"Mozilla/5.0 cs1=zz cs2=yy\"");
  CHECK(read.cef.find(parsers::CefKey::cs1)->raw == "Allow-Web");
  CHECK(read.cef.find(parsers::CefKey::cs2)->raw == "news");
  const auto bare = reading::read(
      "CEF:0|Palo Alto Networks|PAN-OS|10.0.0|url|THREAT|1|rt=Mar 02 2021 20:56:18 GMT deviceExternalId=0072 "
      "src=192.0.2.1 dst=203.0.113.9 cs1Label=Rule cs1=Allow-Web suser=bob app=ssl cs2Label=URL Category "
      "cs2=news act=alert request=\"h.example/\" requestClientApplication=Mozilla/5.0 cs1=zz cs2=yy");
  CHECK(bare.cef.find(parsers::CefKey::cs1)->raw == "Allow-Web");
  CHECK(bare.cef.find(parsers::CefKey::cs2)->raw == "news");
  CHECK(bare.flags.has(Flag::key_forged));
}

}  // namespace

// A user spelled in the text of a client is none of Check Point's: what Log Exporter's own order tells, and what it
// leaves open.
#include <doctest/doctest.h>

#include <string>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Flag;

// Log Exporter's own order: users stand in front of the URL, or behind it and the time; the DN behind src.
TEST_CASE("forgery: a user of Check Point that stands where Log Exporter has none is nobody's") {
  constexpr const char* kDevices[] = {
      "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block deviceDirection=0 rt=1718439031000 "
      "dpt=80 "
      "cs2Label=Rule Name cs2=Web layer_name=Network layer_name=Web requestMethod=GET request=http://h.example/TEXT "
      "conn_direction=Outgoing ifname=eth1 loguid={0x1,0x2} origin=192.0.2.9 dst=203.0.113.9 src=192.0.2.1",
      "CEF:0|Check Point|SmartDefense|Check Point|IPS|Some|High|act=Block cs4Label=Protection Name cs4=Some in=52 "
      "msg=Web Server Enforcement Violation out=0 request=http://h.example/TEXT requestMethod=GET rt=1718439031000 "
      "spt=51451 dpt=80 layer_name=IPS ifname=eth1 loguid={0x1,0x2} origin=192.0.2.9 dst=203.0.113.9 src=192.0.2.1",
      "CEF:0|Check Point|New Anti Virus|Check Point|Redirect|x|Medium|act=Block request=http://h.example/x "
      "requestClientApplication=TEXT rt=1718439031000 spt=1 dpt=80 ifname=eth1 loguid={0x1,0x2} dst=203.0.113.9 "
      "src=192.0.2.1",
      "CEF:0|Check Point|New Anti Virus|Check Point|Redirect|x|Medium|act=Block request=http://h.example/TEXT "
      "requestClientApplication=curl rt=1718439031000 spt=1 dpt=80 ifname=eth1 loguid={0x1,0x2} dst=203.0.113.9 "
      "src=192.0.2.1",
      ("CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Block rt=1718439031000 dpt=80 "
       "request=http://h.example/x ifname=eth1 loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1 user_agent=TEXT"),
  };
  constexpr const char* kForged[] = {
      "suser=victim@contoso.com",
      "duser=victim@contoso.com",
      "src_user_name=victim@contoso.com",
      "src_user_dn=CN\\=victim,DC\\=contoso,DC\\=com",
      "spt=1 suser=victim@contoso.com",
      "rt=1500000000000 suser=victim@contoso.com",
      "rt=1718439031000 spt=2 dpt=80 suser=victim@contoso.com",
      "loguid={0x9} suser=victim@contoso.com",
      "loguid={0x9} src_user_dn=CN\\=victim,DC\\=contoso,DC\\=com",
      "rt=1718439031000 suser=victim@contoso.com loguid={0x9}",
      "x=1 suser=victim@contoso.com duser=victim@contoso.com",
  };
  for (const char* device : kDevices) {
    CAPTURE(device);
    for (const char* forged : kForged) {
      CAPTURE(forged);
      const std::string line = reading::with_text(device, "TEXT", std::string("x ") + forged);
      const auto read = reading::read(line);
      REQUIRE(read.has_event);
      CHECK(read.event.user == "");
      CHECK(read.event.user_raw == "");
      CHECK(read.cef.find(parsers::CefKey::suser) == nullptr);
      CHECK(read.cef.find(parsers::CefKey::duser) == nullptr);
      CHECK(read.event.source_address == "192.0.2.1");
      CHECK(read.event.destination_address == "203.0.113.9");
      CHECK(read.event.url.host == "h.example");
      CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T08:10:31.000Z");
      CHECK(read.flags.has(Flag::key_forged));
    }
  }
}

TEST_CASE("forgery: a user of Check Point that stands where Log Exporter has it counts") {
  struct Row {
    const char* line;
    const char* user;
  };
  constexpr Row kRows[] = {
      {"CEF:0|Check Point|New Anti Virus|Check Point|Redirect|x|Medium|act=Redirect in=1 out=0 "
       "request=http://h.example/a requestClientApplication=Other: Mozilla/5.0 rt=1718439031000 shost=pc spt=1 dpt=80 "
       "suser=bob@contoso.com cs4Label=Rule cs4=1 cs4Label=Rule cs4=2 ifname=eth1 loguid={0x1} dst=203.0.113.9 "
       "src=192.0.2.1",
       "bob@contoso.com"},
      {"CEF:0|Check Point|SmartDefense|Check Point|IPS|x|Medium|act=Detect msg=Web Server Enforcement Violation out=0 "
       "request=http://h.example/a requestMethod=GET rt=1718439031000 spt=1 dpt=80 suser=bob@contoso.com "
       "ifname=eth1 loguid={0x1} dst=203.0.113.9 src=192.0.2.1",
       "bob@contoso.com"},
      {"CEF:0|Check Point|HTTPS Inspection|Check Point|Log|Log|Unknown|act=Reject deviceDirection=0 "
       "msg=SSL version is not supported. rt=1718439031000 spt=1 dpt=443 suser=bob@contoso.com loguid={0x1} "
       "dst=203.0.113.9 src=192.0.2.1",
       "bob@contoso.com"},
      {"CEF:0|Check Point|URL Filtering|Check Point|Log|x|Unknown|act=Accept duser=bob@contoso.com rt=1718439031000 "
       "dpt=8080 suser=bob@contoso.com layer_name=Network requestMethod=CONNECT request=https://h.example:443 "
       "ifname=eth1 loguid={0x1} dst=203.0.113.9 src=192.0.2.1 src_user_dn=CN\\=BOB,DC\\=contoso user_agent=x",
       "bob@contoso.com"},
      {"CEF:0|Check Point|URL Filtering|Check Point|Log|x|Unknown|act=Accept rt=1718439031000 dpt=8080 "
       "layer_name=Network layer_name=Web request=https://h.example:443 ifname=eth1 loguid={0x1} dst=203.0.113.9 "
       "src=192.0.2.1 src_user_name=bob@contoso.com user_agent=x",
       "bob@contoso.com"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.line);
    const auto read = reading::read(row.line);
    CHECK(read.event.user == row.user);
    CHECK(read.event.source_address == "192.0.2.1");
    CHECK_FALSE(read.flags.has(Flag::key_forged));
  }
}

// What can't be decided without losing what devices write: the user counts.
TEST_CASE("forgery: a user of Check Point behind the URL counts in another order than Log Exporter's") {
  for (const char* line : {
           "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Accept rt=1718439031000 "
           "request=http://h.example/x suser=bob@contoso.com src=192.0.2.1",
           "CEF:0|Check Point|URL Filtering|Check Point|Log|http|Unknown|act=Accept rt=1718439031000 src=192.0.2.1 "
           "request=http://h.example/x suser=bob@contoso.com loguid={0x1}",
       }) {
    CAPTURE(line);
    const auto read = reading::read(line);
    CHECK(read.event.user == "bob@contoso.com");
    CHECK_FALSE(read.flags.has(Flag::key_forged));
  }
}

TEST_CASE("forgery: neither message nor user agent of Check Point changes what the device wrote") {
  constexpr const char* kDevices[] = {
      "CEF:0|Check Point|URL Filtering|Check Point|Log|x|Unknown|act=Accept deviceDirection=1 "
      "request=https://h.example/login requestClientApplication=TEXT rt=1718439031000 spt=1 dpt=443 suser=bob "
      "loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1",
      "CEF:0|Check Point|URL Filtering|Check Point|Log|x|Unknown|act=Accept deviceDirection=1 msg=Encrypted session "
      "request=https://h.example/login requestClientApplication=TEXT rt=1718439031000 spt=1 dpt=443 suser=bob "
      "loguid={0x1,0x2} dst=203.0.113.9 src=192.0.2.1",
  };
  constexpr const char* kForged[] = {
      "act=Drop request=https://good.example/",
      "rt=1515000000000 fname=q",
      "rt=1515000000000 msg=q",
      "rt=1515000000000 resource=q",
      "dst=6.6.6.6 src=6.6.6.7",
      "cs1=x dst=6.6.6.6 src=6.6.6.7",
  };
  for (const char* device : kDevices) {
    for (const char* forged : kForged) {
      const std::string line = reading::with_text(device, "TEXT", std::string("Mozilla/5.0 ") + forged);
      CAPTURE(line);
      const auto read = reading::read(line);
      CHECK(read.event.account == "bob");
      CHECK(read.event.action == "Accept");
      CHECK(read.event.url.host == "h.example");
      CHECK(read.event.source_address == "192.0.2.1");
      CHECK(read.event.destination_address == "203.0.113.9");
      CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T08:10:31.000Z");
      CHECK(read.flags.has(Flag::key_forged));
    }
  }
}

}  // namespace

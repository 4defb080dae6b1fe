#include "parsers/vendors/record_key.h"

#include <doctest/doctest.h>

#include <ostream>
#include <string>

#include "tests/parsers/vendors/reading.h"

namespace {

std::uint64_t key_of(const std::string& line) {
  const auto read = reading::read(line);
  REQUIRE(read.has_event);
  return read.event.record_key;
}

TEST_CASE("record key: copies and updates of one record have one key, other records another") {
  struct Row {
    const char* name;
    std::string first, second;
    bool same;
  };
  const std::string checkpoint = "CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|rt=1718450629000 ";
  const std::string pan = "CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|rt=Jun 15 2024 08:10:31 GMT ";
  const std::string forti = "CEF:0|Fortinet|Fortigate|v7|13056|utm:webfilter|4|cat=utm:webfilter ";
  const std::string zscaler = "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|rt=Jun 11 2024 02:52:44 ";
  const Row rows[] = {
      {"Check Point, an update of the connection",
       checkpoint + "loguid={0x5e80a059,0x0,0x6401a8c0,0x3c7878a} act=Accept",
       checkpoint + "loguid={0x5e80a059,0x0,0x6401a8c0,0x3c7878a} act=Block in=400", true},
      {"Check Point, another connection", checkpoint + "loguid={0x5e80a059,0x0,0x6401a8c0,0x3c7878a}",
       checkpoint + "loguid={0x5e80a059,0x0,0x6401a8c0,0x3c7878b}", false},
      {"Check Point, a uid of zeros tells nothing", checkpoint + "loguid={0x0,0x0,0x0,0x0} act=Accept",
       checkpoint + "loguid={0x0,0x0,0x0,0x0} act=Drop", false},
      {"PAN-OS, by Panorama as well", "<14>Jun 15 10:10:10 fw " + pan + "deviceExternalId=007 externalId=42 cnt=1",
       "<14>Jun 15 10:10:13 panorama " + pan + "deviceExternalId=007 externalId=42 cnt=1 x=1", true},
      {"PAN-OS, another number", pan + "deviceExternalId=007 externalId=42", pan + "deviceExternalId=007 externalId=43",
       false},
      {"PAN-OS, the number of another firewall", pan + "deviceExternalId=007 externalId=42",
       pan + "deviceExternalId=008 externalId=42", false},
      {"PAN-OS, the number of another log", pan + "deviceExternalId=007 externalId=42",
       "CEF:0|Palo Alto Networks|PAN-OS|10.0|end|TRAFFIC|1|rt=Jun 15 2024 08:10:31 GMT deviceExternalId=007 "
       "externalId=42",
       false},
      {"PAN-OS without a number", pan + "deviceExternalId=007 externalId=0 request=a.example/",
       pan + "deviceExternalId=007 externalId=0 request=b.example/", false},
      {"FortiGate, by FortiAnalyzer as well",
       forti + "externalId=7 FTNTFGTlogid=0316013056 FTNTFGTeventtime=1718450629123456789 request=/a",
       "CEF:0|Fortinet|FortiGate-101E|7.0.14|0316013056|webfilter utm blocked|6|externalId=7 logid=0316013056 "
       "eventtime=1718450629123456789 tz=\"+0200\"",
       true},
      {"FortiGate, a second request of a session within the second",
       forti + "externalId=7 FTNTFGTlogid=0316013056 FTNTFGTeventtime=1718450629 request=/a",
       forti + "externalId=7 FTNTFGTlogid=0316013056 FTNTFGTeventtime=1718450629 request=/b", false},
      {"Zscaler, sent again", "Jun 11 02:52:44 zscaler-nss " + zscaler + "externalId=77 request=a.example/",
       "<13>Jun 11 04:00:00 relay zscaler-nss " + zscaler + "externalId=77 request=a.example/", true},
      {"Zscaler, a feed without record ids, sent again",
       "Jun 11 02:52:44 zscaler-nss " + zscaler + "request=a.example/",
       "Jun 11 02:59:44 zscaler-nss " + zscaler + "request=a.example/", true},
      {"Zscaler, another page", zscaler + "request=a.example/", zscaler + "request=b.example/", false},
      {"only the header names the time", "Jun 11 02:52:44 fw " + forti + "request=/a",
       "Jun 11 02:52:45 fw " + forti + "request=/a", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(key_of(row.first) != 0);
    CHECK((key_of(row.first) == key_of(row.second)) == row.same);
  }
}

TEST_CASE("record key: two messages of unknown time are not called one") {
  CHECK(key_of("CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|request=a.example/") == 0);
}

TEST_CASE("record key: a key that was stored yesterday is the key of tomorrow") {
  CHECK(key_of(
            "CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|rt=1718450629000 loguid={0x5e80a059,0x0}") ==
        12859730085816325346u);
}

}  // namespace

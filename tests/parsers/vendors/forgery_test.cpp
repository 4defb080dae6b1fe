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
      std::string line = row.line;
      line.replace(line.find("TEXT"), 4, text);
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
      line.replace(line.find("TEXT"), 4, text);
      const auto read = reading::read(line);
      REQUIRE(read.has_event);
      CHECK(read.event.user == "");
      CHECK(read.event.destination_address == row.destination);
    }
  }
}

}  // namespace

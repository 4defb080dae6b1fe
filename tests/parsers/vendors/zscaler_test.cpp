#include <doctest/doctest.h>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Outcome;

std::string web(const std::string& extension) {
  return "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|rt=Jun 15 2024 11:58:21 dtz=UTC " + extension;
}

TEST_CASE("Zscaler: every feed is known") {
  for (const char* header : {"Zscaler|NSSWeblog", "zscaler|NSSFWlog", "Zscaler |NSSDNSlog", "ZScaler|NSSTunnellog"}) {
    CAPTURE(header);
    CHECK(reading::read(std::string("CEF:0|") + header + "|5.7|Allowed|Allowed|3|act=Allowed").has_event);
  }
  CHECK_FALSE(reading::read("CEF:0|Zscale|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed").has_event);
}

TEST_CASE("Zscaler: the URL gets its scheme from the application, and nothing in it is taken for a field") {
  struct Row {
    const char* name;
    const char* fields;
    const char* url;
    const char* flags;
  };
  const Row rows[] = {
      {"HTTPS", "app=HTTPS request=www.example.com/a?b", "https://www.example.com/a?b", "url_scheme_inferred"},
      {"SSL", "app=SSL request=www.example.com/a", "https://www.example.com/a", "url_scheme_inferred"},
      {"HTTP", "app=HTTP request=www.example.com/a", "http://www.example.com/a", "url_scheme_inferred"},
      {"proxy", "app=HTTP_PROXY request=www.example.com/a", "http://www.example.com/a", "url_scheme_inferred"},
      {"not decrypted", "app=SSL request=www.example.com:443", "https://www.example.com/",
       "url_scheme_inferred url_host_only"},
      {"not decrypted, through the proxy", "app=HTTP_PROXY request=www.example.com:443", "https://www.example.com/",
       "url_scheme_inferred url_host_only"},
      {"raw equals and pipes",
       "app=HTTPS request=www.example.com/v?a=0&r=https://mail.example.org&e=wq|x==&b=1 suser=x",
       "https://www.example.com/v?a=0&r=https://mail.example.org&e=wq%7Cx==&b=1", "url_scheme_inferred user_unmapped"},
      {"fields inside", "app=HTTPS request=www.example.com/v?suser=eve&act=Blocked suser=x",
       "https://www.example.com/v?suser=eve&act=Blocked", "url_scheme_inferred user_unmapped"},
      {"escaped by the feed", "app=HTTPS request=www.example.com/v?a%3D0&b%3D1%7C2",
       "https://www.example.com/v?a=0&b=1%7C2", "url_scheme_inferred"},
      {"an escape that the site wrote", "app=HTTPS request=www.example.com/v?a=b%3D1",
       "https://www.example.com/v?a=b%3D1", "url_scheme_inferred"},
      {"quotes in the query", "app=HTTPS request=www.example.com/?q=\"foo\"", "https://www.example.com/?q=%22foo%22",
       "url_scheme_inferred"},
      {"an escape in the path", "app=HTTPS request=www.example.com/p%3d1?q", "https://www.example.com/p%3D1?q",
       "url_scheme_inferred"},
      {"backslashes of a feed that escapes nothing", "app=HTTPS request=www.example.com/?p=C:\\new\\report",
       "https://www.example.com/?p=C:%5Cnew%5Creport", "url_scheme_inferred"},
      {"percent-encoded", "app=HTTPS request=www.example.com/a%20b/%7euser", "https://www.example.com/a%20b/~user",
       "url_scheme_inferred"},
      {"scheme of its own", "app=HTTPS request=http://www.example.com/a/", "http://www.example.com/a/", ""},
      {"host and path apart", "app=HTTPS dhost=www.example.com eurlpath=/a", "https://www.example.com/a",
       "url_scheme_inferred url_host_joined"},
      {"none", "app=HTTPS request=None eurlpath=None dhost=www.example.com", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(web(row.fields));
    CHECK(reading::url_of(read.event) == row.url);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
  CHECK(reading::read(web("app=HTTPS request=www.example.com/v?a%3D0")).event.url_raw == "www.example.com/v?a%3D0");
}

TEST_CASE("Zscaler: the login is the user, unless it is a place or a number") {
  struct Row {
    const char* name;
    const char* fields;
    const char* user;
    const char* raw;
    const char* flags = "";
  };
  const Row rows[] = {
      {"mail form", "suser=Bob@Contoso.com spriv=Home", "bob@contoso.com", "Bob@Contoso.com"},
      {"location", "suser=Home spriv=Home", "", "Home", "user_placeholder"},
      {"location in another case", "suser=new-gre spriv=New-GRE", "", "new-gre", "user_placeholder"},
      {"location chain", "suser=HQ->other spriv=HQ->other", "", "HQ->other", "user_placeholder"},
      {"NA", "suser=NA", "", "NA", "user_placeholder"},
      {"None", "suser=None", "", "None", "user_placeholder"},
      {"obfuscated", "suser=2195246851", "", "2195246851", "user_placeholder"},
      {"obfuscated, in the map", "suser=2195246850", "grace@contoso.com", "2195246850"},
      {"account", "suser=bob spriv=Home", "", "bob", "user_unmapped"},
      {"empty", "suser= spriv=", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(web(row.fields));
    CHECK(read.event.user == row.user);
    CHECK(read.event.user_raw == row.raw);
    CHECK(reading::names(read.event.flags) == row.flags);
    if (read.event.flags.has(parsers::Flag::user_placeholder)) CHECK(read.event.account.empty());
  }
}

TEST_CASE("Zscaler: each feed's action has its outcome, and a caution is a warning") {
  struct Row {
    const char* fields;
    Outcome outcome;
  };
  const Row rows[] = {
      {"act=Allowed reason=Allowed", Outcome::allowed},
      {"act=Blocked reason=Not allowed to browse this category", Outcome::blocked},
      {"act=Allow", Outcome::allowed},
      {"act=Drop", Outcome::blocked},
      {"act=Block", Outcome::blocked},
      {"act=Block/Drop", Outcome::blocked},
      {"act=Block/ICMP", Outcome::blocked},
      {"act=Block/Reset", Outcome::blocked},
      {"act=IPS Drop", Outcome::blocked},
      {"act=Req(allow),Res(allow)", Outcome::allowed},
      {"act=Req(allow),Res(block)", Outcome::blocked},
      {"act=Req(redirect),Res(allow)", Outcome::blocked},
      {"act=Blocked reason=Cautioned to use this category", Outcome::warned},
      {"act=Allowed reason=Caution page shown", Outcome::warned},
      {"act=Allowed reason=User continued after caution", Outcome::allowed},
      {"act=Something", Outcome::unknown},
      {"cnt=1", Outcome::allowed},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fields);
    CHECK(reading::read(web(row.fields)).event.outcome == row.outcome);
  }
}

TEST_CASE("Zscaler: a CASB row has its time in front of the client's texts, and its zone behind them is no forgery") {
  const auto read = reading::read(
      "Jun 12 23:57:08 zscalernss-casb CEF:0|Zscaler|NSSCasbcloudstoragelog|5.7|AZUREBLOB|None|3| Severity=3 name=None "
      "deviceEventClassId=AZUREBLOB act=None start=1718236628 fileId=1.pdf request=Unknown URL dhost=Unknown Host "
      "suser=bob@contoso.com deviceCustomDate1Label=time deviceCustomDate1=Wed Jun 12 23:57:08 2024 dtz=GMT x=y");
  CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-12T23:57:08.000Z");
  CHECK(read.event.user == "bob@contoso.com");
  CHECK_FALSE(read.flags.has(parsers::Flag::key_forged));
}

TEST_CASE("Zscaler: a firewall row has no time of its own and no URL, and still an address") {
  const auto read = reading::read(
      "Jun 15 11:57:00 zscaler-nss-fw CEF:0|Zscaler|NSSFWlog|5.7|Drop|Default Rule|3| act=Drop suser=Home "
      "src=192.0.2.31 dst=203.0.113.1 dpt=443 spriv=Home reason=Default Rule");
  CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T11:57:00.000Z");
  CHECK(read.event.source_address == "192.0.2.31");
  CHECK(read.event.destination_address == "203.0.113.1");
  CHECK_FALSE(read.event.has_url);
  CHECK(read.event.outcome == Outcome::blocked);
  // There `reason` is the name of a rule.
  CHECK(reading::read("CEF:0|Zscaler|NSSFWlog|5.7|Drop|Precaution rule|3|act=Drop reason=Precaution rule")
            .event.outcome == Outcome::blocked);
  CHECK(reading::names(read.event.flags) == "time_from_header user_placeholder");
}

}  // namespace

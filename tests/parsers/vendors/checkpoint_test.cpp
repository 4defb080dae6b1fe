#include <doctest/doctest.h>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Outcome;

std::string log(const std::string& extension) {
  return "CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|rt=1718452701123 " + extension;
}

TEST_CASE("Check Point: the vendor is known with and without its blank, whatever the blade") {
  struct Row {
    const char* line;
    bool known;
  };
  const Row rows[] = {
      {"CEF:0|Check Point|VPN-1 & FireWall-1|Check Point|Log|https|Unknown|act=Accept", true},
      {"CEF:0|CheckPoint|URL Filtering|Check Point|Log|https|Unknown|act=Accept", true},
      {"CEF:0|CHECK  POINT|Application Control|Check Point|Log|https|Unknown|act=Accept", true},
      {"CEF:0||Check Point|URL Filtering|Check Point|Log|https|Unknown|act=Accept", true},
      {"CEF:0|Checkpoints|URL Filtering|Check Point|Log|https|Unknown|act=Accept", false},
      {"CEF:0|Point|URL Filtering|Check Point|Log|https|Unknown|act=Accept", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const auto read = reading::read(row.line);
    CHECK(read.has_event == row.known);
    CHECK_FALSE(read.error.has_value());
    if (row.known) CHECK(read.event.outcome == Outcome::allowed);
  }
  CHECK(reading::read(rows[3].line).event.product == "URL Filtering");
}

TEST_CASE("Check Point: an HTTPS site that was not inspected is a host without a path") {
  struct Row {
    const char* name;
    const char* fields;
    const char* url;
    const char* flags;
  };
  const Row rows[] = {
      {"host and port", "request=https://shop.example.com:443", "https://shop.example.com/", "url_host_only"},
      {"host and odd port", "request=https://shop.example.com:8443", "https://shop.example.com:8443/", "url_host_only"},
      {"root", "request=https://shop.example.com/", "https://shop.example.com/", ""},
      {"full", "request=http://203.0.113.12/.git/config?a\\=b", "http://203.0.113.12/.git/config?a=b", ""},
      {"resource", "resource=http://www.example.com/a", "http://www.example.com/a", ""},
      {"no scheme", "request=www.example.com/a service_id=https", "https://www.example.com/a", "url_scheme_inferred"},
      {"none", "request= ", "", ""},
      {"text", "request=see the manual", "", "url_unreadable"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(log(row.fields));
    CHECK(reading::url_of(read.event) == row.url);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Check Point: a display name is a user only through the map") {
  struct Row {
    const char* name;
    const char* fields;
    const char* user;
    const char* account;
    const char* flags = "";
  };
  const Row rows[] = {
      {"by id", "suser=EXAMPLE DAVE (CORP0025465)  duser=EXAMPLE DAVE (CORP0025465) ", "dave@contoso.com", "dave"},
      {"by name", "suser=Example Carol (CORP9)", "carol@contoso.com", "carol"},
      {"line break inside", "suser=Example Carol   \\n (CORP9)", "carol@contoso.com", "carol"},
      {"unknown", "suser=EXAMPLE IVAN (CORP9)", "", "", "user_unmapped"},
      {"in duser alone", "duser=EXAMPLE DAVE (CORP0025465)", "dave@contoso.com", "dave"},
      {"source user name", "src_user_name=EXAMPLE DAVE (CORP0025465)", "dave@contoso.com", "dave"},
      {"distinguished name", "suser=Unknown Name src_user_dn=CN\\=EXAMPLE CAROL,OU\\=Staff,DC\\=contoso,DC\\=com",
       "carol@contoso.com", "carol"},
      {"account", "suser=bob", "", "bob", "user_unmapped"},
      {"account with its domain", "suser=bob sntdom=CONTOSO", "bob@contoso.com", "bob"},
      {"account with a domain that nobody configured", "suser=bob sourceNtDomain=ad.example.com", "", "bob",
       "user_unmapped"},
      {"computer", "suser=PC-17$", "", "", "user_placeholder"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(log(std::string(row.fields) + " act=Accept"));
    CHECK(read.event.user == row.user);
    CHECK(read.event.account == row.account);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Check Point: each action has its outcome, and the pages with a question are warnings") {
  struct Row {
    const char* action;
    Outcome outcome;
  };
  const Row rows[] = {
      {"Accept", Outcome::allowed},       {"Allow", Outcome::allowed},         {"Bypass", Outcome::allowed},
      {"Detect", Outcome::allowed},       {"Decrypt", Outcome::allowed},       {"Encrypt", Outcome::allowed},
      {"HTTPS Bypass", Outcome::allowed}, {"HTTPS Inspect", Outcome::allowed}, {"Redirect", Outcome::warned},
      {"Ask User", Outcome::warned},      {"Inform User", Outcome::warned},    {"Inform", Outcome::warned},
      {"Drop", Outcome::blocked},         {"Reject", Outcome::blocked},        {"Block", Outcome::blocked},
      {"Prevent", Outcome::blocked},      {"Quarantine", Outcome::blocked},    {"Failed Log In", Outcome::blocked},
      {"drop", Outcome::blocked},         {"Log In", Outcome::unknown},        {"Key Install", Outcome::unknown},
      {"Update", Outcome::unknown},       {"Accepted", Outcome::unknown},      {"", Outcome::unknown},
  };
  for (const Row& row : rows) {
    CAPTURE(row.action);
    const auto read = reading::read(log(std::string("act=") + row.action + " cnt=1"));
    CHECK(read.event.action == row.action);
    CHECK(read.event.outcome == row.outcome);
  }
  CHECK(reading::read(log("act=Accept =0.0.0.0")).event.outcome == Outcome::allowed);
}

TEST_CASE("Check Point: the time is in milliseconds since 1970") {
  const auto read = reading::read(log("act=Accept"));
  CHECK(parsers::format_rfc3339(read.event.time) == "2024-06-15T11:58:21.123Z");
  CHECK(read.event.flags.bits() == 0);
}

TEST_CASE("Check Point: Latin-1 bytes become UTF-8, so that a finding is valid text") {
  const auto read = reading::read(log("suser=Mu\xF1oz Carol act=Accept"));
  CHECK(read.event.user_raw == "Mu\u00F1oz Carol");
  CHECK(read.event.flags.has(parsers::Flag::invalid_utf8));
}

TEST_CASE("Check Point: a Latin-1 name is found in a map that is UTF-8") {
  parsers::IdentityMap map;
  map.add_name("MU\u00D1OZ CAROL", "carol@contoso.com");
  parsers::Normalised out;
  parsers::normalise(log("suser=Mu\xF1oz Carol act=Accept"),
                     {.received = reading::kReceived, .zone = cctz::utc_time_zone(), .identity = &map}, out);
  CHECK(out.event.user == "carol@contoso.com");
}

}  // namespace

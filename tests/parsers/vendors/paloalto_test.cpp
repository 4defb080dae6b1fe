#include <doctest/doctest.h>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Flag;
using parsers::Outcome;

std::string url_log(const std::string& extension) {
  return "CEF:0|Palo Alto Networks|PAN-OS|10.0.0|url|THREAT|1|" + extension;
}

TEST_CASE("Palo Alto: the vendor and the firewall's products are known in every spelling that templates give them") {
  struct Row {
    const char* name;
    std::string header;
    bool known;
  };
  const Row rows[] = {
      {"as documented", "Palo Alto Networks|PAN-OS", true},
      {"Strata", "Palo Alto Networks|LF", true},
      {"a blank lost", "Palo AltoNetworks|PAN-OS", true},
      {"a line break escaped by a relay", "Palo Alto#012Networks|PAN-OS", true},
      {"lower case", "palo alto networks|pan-os", true},
      {"no-width space", "Palo Alto Networks\u200B|\u200BPAN-OS", true},
      {"no-break space", "Palo\u00A0Alto Networks|PAN\u2060-OS", true},
      {"endpoint product", "Palo Alto Networks|Traps Agent", false},
      {"XDR", "Palo Alto Networks|Cortex XDR", false},
      {"longer than LF", "Palo Alto Networks|LFX", false},
      {"another vendor", "Fortinet|PAN-OS", false},
      {"no vendor", "|PAN-OS", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read("CEF:0|" + row.header + "|1|url|THREAT|1|act=alert");
    CHECK(read.has_cef);
    CHECK_FALSE(read.error.has_value());
    CHECK(read.has_event == row.known);
    CHECK((read.event.vendor == parsers::Vendor::paloalto) == row.known);
  }
}

TEST_CASE("Palo Alto: the URL field is read with its quotes, and file names are none") {
  struct Row {
    const char* name;
    std::string line;
    const char* url;
    const char* flags;
  };
  const std::string threat = "CEF:0|Palo Alto Networks|PAN-OS|10.0.0|Some Threat(13274)|THREAT|2|";
  const Row rows[] = {
      {"quotes, no scheme", url_log("app=web-browsing dpt=80 request=\"www.example.com/\""), "http://www.example.com/",
       "url_scheme_inferred"},
      {"ssl", url_log("app=ssl dpt=443 request=\"www.example.com/\""), "https://www.example.com/",
       "url_scheme_inferred url_host_only"},
      {"quotes with backslashes", url_log("app=ssl dpt=443 request=\\\"www.example.com/\\\" act=alert"),
       "https://www.example.com/", "url_scheme_inferred url_host_only"},
      {"decrypted", url_log("app=web-browsing dpt=443 request=\"www.example.com/a/?b=c\""),
       "https://www.example.com/a/?b=c", "url_scheme_inferred"},
      {"ssl with a path is decrypted after all", url_log("app=ssl dpt=443 request=\"www.example.com/a\""),
       "https://www.example.com/a", "url_scheme_inferred"},
      {"port in the URL", url_log("app=unknown dpt=3128 request=\"www.example.com:443/a\""),
       "https://www.example.com/a", "url_scheme_inferred"},
      {"odd port kept", url_log("app=web-browsing dpt=8080 request=\"www.example.com:8080/a\""),
       "http://www.example.com:8080/a", "url_scheme_inferred"},
      {"another port of TLS in the URL", url_log("app=unknown-tcp dpt=3128 request=\"www.example.com:8443/a\""),
       "https://www.example.com:8443/a", "url_scheme_inferred"},
      {"a scheme of its own", url_log("app=ssl request=\"http://www.example.com/a\""), "http://www.example.com/a", ""},
      {"no path", url_log("app=ssl dpt=443 request=\"www.example.com\""), "https://www.example.com/",
       "url_scheme_inferred url_host_only"},
      {"doubled quotes and commas",
       url_log("app=x dpt=80 request=\"geo.example.com/r?f=json&l={\"\"x\"\":-33,\"\"y\"\":22.3}\" act=alert"),
       "http://geo.example.com/r?f=json&l=%7B%22x%22:-33,%22y%22:22.3%7D", "url_scheme_inferred"},
      {"no quotes", url_log("app=ssl dpt=443 request=www.example.com/a"), "https://www.example.com/a",
       "url_scheme_inferred"},
      {"two quotes are empty", url_log("app=ssl request=\"\" act=alert"), "", ""},
      {"empty", url_log("app=ssl request= act=alert"), "", ""},
      {"unreadable", url_log("app=ssl request=?% act=block-url"), "", "url_unreadable"},
      {"file name in a WildFire row",
       "CEF:0|Palo Alto Networks|PAN-OS|11.2.3-h3|wildfire|THREAT|2|app=web-browsing request=\"user.preference.php\"",
       "", "url_not_a_url"},
      {"file name in a virus row of Strata",
       "CEF:0|Palo Alto Networks|LF|2.0|THREAT|virus|3|request=invoice.pdf act=alert", "", "url_not_a_url"},
      {"file path", "CEF:0|Palo Alto Networks|PAN-OS|9|file|THREAT|2|request=\"C:\\\\a.b\\\\c.exe\"", "",
       "url_not_a_url"},
      {"domain name in a DNS threat row", threat + "cat=spyware app=dns request=\"evil.example.com\"", "",
       "url_not_a_url"},
      {"URL in a threat row", threat + "cat=vulnerability app=web-browsing dpt=80 request=\"www.example.com/a.php\"",
       "http://www.example.com/a.php", "url_scheme_inferred"},
      {"directory in a file row", threat + "cat=file request=\"docs/a.pdf\"", "", "url_not_a_url"},
      {"URL log of Strata", "CEF:0|Palo Alto Networks|LF|2.0|THREAT|url|1|app=ssl dpt=443 request=example.com/a.pdf",
       "https://example.com/a.pdf", "url_scheme_inferred"},
      {"known by the threat id", threat + "cat=(9999) app=ssl request=\"example.com\"", "https://example.com/",
       "url_scheme_inferred url_host_only"},
      {"another key", url_log("app=ssl dpt=443 PanOSURL=\"example.com/a\""), "https://example.com/a",
       "url_scheme_inferred"},
      {"a key of the customer's", url_log("app=ssl dpt=443 requestURL=\"example.com/a\" PanOSURLCatList=\"a.b/c\""),
       "https://example.com/a", "url_scheme_inferred"},
      {"the key stuck to the action",
       url_log("app=ssl dpt=443 act=alertrequest=\"example.com/a\" cs2Label=URL Category"), "https://example.com/a",
       "url_scheme_inferred"},
      {"categories are no URL", url_log("app=ssl PanOSURLCatList=\"a.b/c\""), "", ""},
      {"traffic", "CEF:0|Palo Alto Networks|PAN-OS|10.0|end|TRAFFIC|1|app=ssl dpt=443 act=allow", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(row.line + " rt=Jun 15 2024 11:59:00 GMT");
    REQUIRE(read.has_event);
    CHECK(reading::url_of(read.event) == row.url);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Palo Alto: the URL field stays readable as the device wrote it") {
  CHECK(reading::read(url_log("app=ssl request=\"www.example.com/\"")).event.url_raw == "\"www.example.com/\"");
  CHECK(reading::read(url_log("app=ssl request=\"\"")).event.url_raw.empty());
  CHECK(reading::read("CEF:0|Palo Alto Networks|PAN-OS|9|wildfire|THREAT|2|request=\"a.php\"").event.url_raw ==
        "\"a.php\"");
}

TEST_CASE("Palo Alto: the client's user is found, with one, two or four backslashes") {
  struct Row {
    const char* name;
    const char* fields;
    const char* user;
    const char* account;
    const char* raw;
    const char* flags = "";
  };
  const Row rows[] = {
      {"one backslash", R"(suser=contoso\bob duser=contoso\eve)", "bob@contoso.com", "bob", R"(contoso\bob)"},
      {"escaped backslash", R"(suser=CONTOSO\\Bob)", "bob@contoso.com", "bob", R"(CONTOSO\Bob)"},
      {"escaped twice", R"(suser=contoso\\\\bob)", "bob@contoso.com", "bob", R"(contoso\\bob)"},
      {"backslash before an escape letter", R"(suser=contoso\\nora)", "nora@contoso.com", "nora", R"(contoso\nora)"},
      {"mail form", "suser=Bob@Contoso.com", "bob@contoso.com", "bob", "Bob@Contoso.com"},
      {"account", "suser=bob", "", "bob", "bob", "user_unmapped"},
      {"unknown domain", R"(suser=FABRIKAM\bob)", "", "bob", R"(FABRIKAM\bob)", "user_unmapped"},
      {"the destination's user is someone else", R"(suser= duser=contoso\eve)", "", "", ""},
      {"Strata: domain beside", "suser=bob sntdom=contoso", "bob@contoso.com", "bob", "bob"},
      {"Strata: qualified name in suser0", R"(suser=bob lee suser0=contoso\\bob)", "bob@contoso.com", "bob",
       R"(contoso\bob)"},
      {"GlobalProtect", "PanOSSourceUserName=bob@contoso.com", "bob@contoso.com", "bob", "bob@contoso.com"},
      {"no user", "suser=", "", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(url_log(std::string("rt=Jun 15 2024 11:59:00 GMT ") + row.fields + " act=alert"));
    CHECK(read.event.user == row.user);
    CHECK(read.event.account == row.account);
    CHECK(read.event.user_raw == row.raw);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Palo Alto: each action has its outcome, and an unknown word has none") {
  struct Row {
    const char* action;
    Outcome outcome;
  };
  const Row rows[] = {
      {"alert", Outcome::allowed},
      {"allow", Outcome::allowed},
      {"continue", Outcome::allowed},
      {"override", Outcome::allowed},
      {"syncookie-sent", Outcome::allowed},
      {"block-continue", Outcome::warned},
      {"block", Outcome::blocked},
      {"block-url", Outcome::blocked},
      {"Block-URL", Outcome::blocked},
      {"block-ip", Outcome::blocked},
      {"block-override", Outcome::blocked},
      {"override-lockout", Outcome::blocked},
      {"deny", Outcome::blocked},
      {"drop", Outcome::blocked},
      {"drop-all", Outcome::blocked},
      {"drop-all-packets", Outcome::blocked},
      {"drop ICMP", Outcome::blocked},
      {"random-drop", Outcome::blocked},
      {"reset client", Outcome::blocked},
      {"reset-server", Outcome::blocked},
      {"reset-both", Outcome::blocked},
      {"sinkhole", Outcome::blocked},
      {"drop-reset", Outcome::blocked},
      {"forward", Outcome::allowed},
      {"wildfire-upload-success", Outcome::allowed},
      {"wildfire-upload-skip", Outcome::allowed},
      {"alerted", Outcome::unknown},
      {"", Outcome::unknown},
  };
  for (const Row& row : rows) {
    CAPTURE(row.action);
    const auto read = reading::read(url_log(std::string("act=") + row.action + " cnt=1"));
    CHECK(read.event.action == row.action);
    CHECK(read.event.outcome == row.outcome);
  }
  const auto glued = reading::read(url_log("act=block-urlrequest=\"example.com/a\" cs2Label=URL Category"));
  CHECK(glued.event.action == "block-url");
  CHECK(glued.event.outcome == Outcome::blocked);
  CHECK(reading::read(url_log("act=\"block-url\"")).event.outcome == Outcome::blocked);
  // An administrator's command or a client's event is no verdict.
  CHECK(reading::read("CEF:0|Palo Alto Networks|PAN-OS|9|Succeeded|CONFIG|1|act=override").event.outcome ==
        Outcome::unknown);
  CHECK(reading::read("CEF:0|Palo Alto Networks|LF|2.0|CONFIG|config|3|act=drop").event.outcome == Outcome::unknown);
}

TEST_CASE("Palo Alto: the time is the device's, in each of its spellings") {
  struct Row {
    const char* name;
    const char* fields;
    const char* time;
    const char* flags = "";
  };
  const Row rows[] = {
      {"with zone", "rt=Jun 15 2024 11:58:21 GMT", "2024-06-15T11:58:21.000Z"},
      {"without zone", "rt=Jun 15 2024 11:58:21", "2024-06-15T11:58:21.000Z", "time_without_zone"},
      {"zone beside", "rt=Jun 15 2024 11:58:21 dtz=UTC", "2024-06-15T11:58:21.000Z"},
      {"offset beside", "rt=Jun 15 2024 11:58:21 dtz=+02:00", "2024-06-15T09:58:21.000Z"},
      {"zone beside, as Java writes it", "rt=Jun 15 2024 02:58:21 dtz=GMT-07:00", "2024-06-15T09:58:21.000Z"},
      {"zone word beside", "rt=Jun 15 2024 11:58:21 dtz=CEST", "2024-06-15T09:58:21.000Z"},
      {"hours beside", "rt=Jun 15 2024 11:58:21 dtz=+02", "2024-06-15T09:58:21.000Z"},
      {"zone beside that needs data", "rt=Jun 15 2024 11:58:21 dtz=Europe/Rome", "2024-06-15T11:58:21.000Z",
       "time_without_zone"},
      {"slashes", "rt=2024/06/15 11:58:21", "2024-06-15T11:58:21.000Z", "time_without_zone"},
      {"colon after the year", "rt=Jun 15 2024:11:58:21 UTC", "2024-06-15T11:58:21.000Z"},
      {"high resolution wins",
       "rt=Jun 15 2024 11:58:59 GMT PanOSTimeGeneratedHighResolution=2024-06-15T04:58:21.496-07:00",
       "2024-06-15T11:58:21.496Z"},
      {"unreadable high resolution", "rt=Jun 15 2024 11:58:21 GMT PanOSTimeGeneratedHighResolution=$high_res_timestamp",
       "2024-06-15T11:58:21.000Z"},
      {"template text", "rt=$cefformatted-receive_time start=$cefformatted-time_generated", "2024-06-15T11:57:00.000Z",
       "time_from_header"},
      {"unreadable", "rt=DATETIME", "2024-06-15T11:57:00.000Z", "time_from_header"},
      {"none", "cnt=1", "2024-06-15T11:57:00.000Z", "time_from_header"},
      {"a clock far ahead", "rt=Jun 17 2024 12:00:00 GMT", "2024-06-15T11:57:00.000Z", "time_from_header future_time"},
      {"a clock a little ahead", "rt=Jun 16 2024 12:00:00 GMT", "2024-06-16T12:00:00.000Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read("<14>1 2024-06-15T11:57:00Z fw1 - - - - " + url_log(row.fields));
    CHECK(parsers::format_rfc3339(read.event.time) == row.time);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Palo Alto: a time that is not believed leaves no flag about its own spelling") {
  const auto ahead = reading::read("<14>1 2024-06-15T11:57:00Z fw1 - - - - " +
                                   url_log("rt=Jun 17 2024 12:00:01 start=2024/06/18 01:02:03"));
  CHECK(reading::names(ahead.event.flags) == "time_from_header future_time");
}

TEST_CASE("Palo Alto: without any time the time of receipt stands, and a flag says so") {
  const auto none = reading::read(url_log("act=alert"));
  CHECK(none.event.time == reading::kReceived);
  CHECK(none.event.flags.has(Flag::time_from_receipt));
  const auto ahead = reading::read("<14>1 2025-06-15T11:57:00Z fw1 - - - - " + url_log("rt=Jun 17 2024 12:00:00 GMT"));
  CHECK(ahead.event.time == reading::kReceived);
  CHECK(reading::names(ahead.event.flags) == "time_from_receipt future_time");
}

TEST_CASE("Palo Alto: the addresses are canonical, and IPv6 stands in the custom fields") {
  const auto v4 = reading::read(url_log("src=192.0.2.10 dst=203.0.113.20 c6a2=2001:db8::9"));
  CHECK(v4.event.source_address == "192.0.2.10");
  CHECK(v4.event.destination_address == "203.0.113.20");
  const auto v6 = reading::read(url_log(
      "src=0.0.0.0 dst= c6a2=2001:DB8:0::1 c6a2Label=Source IPv6 Address c6a3=2001:db8::2 c6a3Label=Destination "
      "IPv6 Address"));
  CHECK(v6.event.source_address == "2001:db8::1");
  CHECK(v6.event.destination_address == "2001:db8::2");
  const auto swapped =
      reading::read(url_log("c6a2=2001:db8::1 c6a2Label=Destination IPv6 c6a3=2001:db8::2 c6a3Label=Device IPv6"));
  CHECK(swapped.event.source_address.empty());
  CHECK(swapped.event.destination_address == "2001:db8::1");
  CHECK(reading::read(url_log("src=SRCTESTIP dst=www.example.com")).event.source_address.empty());
}

TEST_CASE("paloalto: an end of line that a relay spelled out behind the last value is no part of it") {
  const std::string line =
      "CEF:0|Palo Alto Networks|PAN-OS|10.0.0|url|THREAT|1|rt=Mar 02 2021 20:56:18 GMT suser=bob@contoso.com app=ssl "
      "act=alert request=\"www.example.com/a\"";
  for (const char* end : {"", "#012", "#015#012", "#011", "#000", "#012#000"}) {
    CAPTURE(end);
    CHECK(reading::url_of(reading::read(line + end).event) == "https://www.example.com/a");
  }
}

TEST_CASE("paloalto: each of many line breaks in a user is looked at once") {
  std::string line = "CEF:0|Palo Alto Networks|PAN-OS|10.0.0|url|THREAT|1|app=ssl suser=bob";
  for (int i = 0; i < 100'000; ++i) line += "\\n";
  CHECK(reading::read(line + "x").event.user_raw.ends_with("\\n\\nx"));
  CHECK(reading::read(line).event.user_raw == "bob");
}

TEST_CASE("paloalto: line breaks at the end of a user are no part of the name") {
  for (const char* end : {"\\r\\n", "\\n", "#012", "#000"}) {
    CAPTURE(end);
    const std::string line =
        std::string("CEF:0|Palo Alto Networks|PAN-OS|10.0.0|url|THREAT|1|app=ssl suser=bob@contoso.com") + end;
    CHECK(reading::read(line).event.user == "bob@contoso.com");
  }
}

}  // namespace

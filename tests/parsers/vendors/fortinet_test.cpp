#include <doctest/doctest.h>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Outcome;

std::string log(const std::string& type, const std::string& extension) {
  return "CEF:0|Fortinet|Fortigate|v7.2.8|13056|" + type + "|4|FTNTFGTeventtime=1718452700 cat=" + type + " " +
         extension;
}

TEST_CASE("Fortinet: FortiGate is known by each product name, FortiWeb is another thing") {
  struct Row {
    const char* header;
    bool known;
  };
  const Row rows[] = {
      {"Fortinet|Fortigate", true},      {"Fortinet|FortiGate-1000C", true}, {"FORTINET|FortiGate-101E", true},
      {"Fortinet |Forti Gate", true},    {"Fortinet|FortiProxy", true},      {"Fortinet|Fortiweb", false},
      {"Fortinet|FortiAnalyzer", false}, {"Fortinet2|Fortigate", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.header);
    const auto read = reading::read(std::string("CEF:0|") + row.header + "|v1|13056|utm:webfilter|4|act=blocked");
    CHECK(read.has_event == row.known);
    CHECK_FALSE(read.error.has_value());
  }
}

TEST_CASE("Fortinet: the URL is joined from host and path, or taken whole") {
  struct Row {
    const char* name;
    std::string line;
    const char* url;
    const char* raw;
    const char* flags;
  };
  const std::string prefixed =
      "CEF:0|Fortinet|Fortigate|v6.2.9|13056|utm:webfilter ftgd_blk blocked|4|"
      "FortinetFortiGateeventtime=1718452700 cat=utm:webfilter ";
  const std::string analyzer =
      "CEF:0|Fortinet|FortiGate-101E|7.0.14,build0601 (GA)|0317013312|webfilter utm passthrough|5|start=Jun 15 2024 "
      "13:58:20 tz=\"+0200\" subtype=webfilter cat=22 ";
  const Row rows[] = {
      {"path and host", log("utm:webfilter", "app=HTTP dpt=80 dhost=www.example.com request=/shop?a\\=b"),
       "http://www.example.com/shop?a=b", "/shop?a=b", "url_scheme_inferred url_host_joined"},
      {"by port", log("utm:webfilter", "app=tcp/443 dpt=443 dhost=www.example.com request=/a"),
       "https://www.example.com/a", "/a", "url_scheme_inferred url_host_joined"},
      {"HTTPS without inspection", log("utm:webfilter", "app=HTTPS dpt=443 dhost=www.example.com request=/"),
       "https://www.example.com/", "/", "url_scheme_inferred url_host_joined url_host_only"},
      {"plain, root", log("utm:webfilter", "app=HTTP dpt=80 dhost=www.example.com request=/"),
       "http://www.example.com/", "/", "url_scheme_inferred url_host_joined"},
      {"whole", log("utm:virus", "app=HTTP dhost=ignored.example request=http://203.0.113.5/eicar.com"),
       "http://203.0.113.5/eicar.com", "http://203.0.113.5/eicar.com", ""},
      {"whole, with another URL inside", log("utm:waf", "request=http://www.example.com/i?https://example.org/"),
       "http://www.example.com/i?https://example.org/", "http://www.example.com/i?https://example.org/", ""},
      {"whole, HTTPS, root", log("utm:webfilter", "app=HTTPS request=https://www.example.com/"),
       "https://www.example.com/", "https://www.example.com/", "url_host_only"},
      {"odd port of the host", log("utm:webfilter", "app=HTTP dpt=8080 dhost=www.example.com:8080 request=/a"),
       "http://www.example.com:8080/a", "/a", "url_scheme_inferred url_host_joined"},
      {"IPv6 host", log("utm:webfilter", "app=HTTP dhost=[2001:db8::5] request=/a"), "http://[2001:db8::5]/a", "/a",
       "url_scheme_inferred url_host_joined"},
      {"path without host", log("utm:ips", "app=HTTP dst=192.0.2.9 request=/a"), "", "/a", "url_unreadable"},
      {"host is N/A", log("utm:webfilter", "app=HTTP dhost=N/A request=/a"), "", "/a", "url_unreadable"},
      {"host alone", log("utm:webfilter", "app=HTTPS dpt=443 dhost=www.example.com"), "https://www.example.com/",
       "www.example.com", "url_scheme_inferred url_host_only"},
      {"host alone in traffic is only a name", log("traffic:forward", "app=HTTPS dhost=www.example.com"), "", "", ""},
      {"host of a DHCP event", log("event:system", "dhost=PC-17 request=/a"), "", "", ""},
      {"other prefix",
       prefixed + "FortinetFortiGateservice=HTTPS FortinetFortiGatehostname=www.example.com "
                  "FortinetFortiGateurl=/a",
       "https://www.example.com/a", "/a", "url_scheme_inferred url_host_joined"},
      {"other prefix, port by itself",
       prefixed + "FortinetFortiGatedstport=443 FortinetFortiGatehostname=www.example.com FortinetFortiGateurl=/a",
       "https://www.example.com/a", "/a", "url_scheme_inferred url_host_joined"},
      {"FortiAnalyzer, whole", analyzer + "app=HTTP dhost=www.example.com request=http://www.example.com/generate_204",
       "http://www.example.com/generate_204", "http://www.example.com/generate_204", ""},
      {"FortiAnalyzer, HTTPS", analyzer + "app=HTTPS dhost=www.example.com dpt=443", "https://www.example.com/",
       "www.example.com", "url_scheme_inferred url_host_only"},
      {"FortiAnalyzer, native names", analyzer + "service=HTTPS hostname=www.example.com url=/a",
       "https://www.example.com/a", "/a", "url_scheme_inferred url_host_joined"},
      {"nothing", log("utm:webfilter", "app=HTTP request= dhost="), "", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(row.line + " act=blocked");
    REQUIRE(read.has_event);
    CHECK(reading::url_of(read.event) == row.url);
    CHECK(read.event.url_raw == row.raw);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Fortinet: the client's user stands in duser, or where the firmware puts it") {
  struct Row {
    const char* name;
    const char* fields;
    const char* user;
    const char* account;
    const char* flags = "";
  };
  const Row rows[] = {
      {"duser, domain", R"(duser=contoso\\bob)", "bob@contoso.com", "bob"},
      {"duser, four backslashes", R"(duser=contoso\\\\bob)", "bob@contoso.com", "bob"},
      {"duser, DNS domain", R"(duser=example.com\\bob)", "bob@example.com", "bob"},
      {"duser, account", "duser=bob", "", "bob", "user_unmapped"},
      {"suser", R"(suser=contoso\\alice)", "alice@contoso.com", "alice"},
      {"suser when duser says nothing", "duser=N/A suser=alice@contoso.com", "alice@contoso.com", "alice"},
      {"prefixed", R"(FTNTFGTuser=CONTOSO\\bob)", "bob@contoso.com", "bob"},
      {"other prefix", R"(FortinetFortiGateuser=CONTOSO\\bob)", "bob@contoso.com", "bob"},
      {"not authenticated", "FTNTFGTunauthuser=bob@contoso.com", "bob@contoso.com", "bob"},
      {"authenticated before guessed", "FTNTFGTunauthuser=eve duser=bob", "", "bob", "user_unmapped"},
      {"a full name before a bare one", "duser=bob FTNTFGTunauthuser=bob@contoso.com", "bob@contoso.com", "bob"},
      {"not applicable", "duser=N/A", "", "", "user_placeholder"},
      {"a guess behind the host, where nobody was authenticated",
       "duser= dhost=h.example FTNTFGTunauthuser=bob@contoso.com", "bob@contoso.com", "bob",
       "url_scheme_inferred url_host_only"},
      {"a guess behind a client's text is made up", "duser= requestClientApplication=x suser=bob@contoso.com", "", "",
       "key_forged"},
      {"FortiAnalyzer, without a prefix", R"(user=CONTOSO\\bob ad.srccountry=Reserved)", "bob@contoso.com", "bob"},
      {"FortiAnalyzer, in quotes", R"(user="bob@contoso.com" ad.nn=1)", "bob@contoso.com", "bob"},
      {"FortiAnalyzer, not authenticated", "unauthuser=bob@contoso.com", "bob@contoso.com", "bob"},
      {"empty", "duser= ", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(log("utm:webfilter", row.fields));
    CHECK(read.event.user == row.user);
    CHECK(read.event.account == row.account);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Fortinet: an action means what it means in its log") {
  struct Row {
    const char* type;
    const char* action;
    Outcome outcome;
  };
  const Row rows[] = {
      {"traffic:forward", "deny", Outcome::blocked},
      {"traffic:forward", "accept", Outcome::allowed},
      {"traffic:forward", "pass", Outcome::allowed},
      {"traffic:forward", "start", Outcome::allowed},
      {"traffic:forward", "client-rst", Outcome::allowed},
      {"traffic:forward", "server-rst", Outcome::allowed},
      {"traffic:forward", "timeout", Outcome::allowed},
      {"traffic:forward", "ip-conn", Outcome::allowed},
      {"traffic:forward", "dns", Outcome::allowed},
      {"traffic:forward", "permit", Outcome::allowed},
      {"traffic:forward", "blocked", Outcome::unknown},
      {"traffic:local", "close", Outcome::allowed},
      {"traffic:sniffer", "accept", Outcome::allowed},
      {"utm:webfilter", "blocked", Outcome::blocked},
      {"utm:webfilter", "Blocked", Outcome::blocked},
      {"utm:webfilter", "passthrough", Outcome::allowed},
      {"utm:webfilter", "allowed", Outcome::allowed},
      {"utm:webfilter", "block", Outcome::blocked},
      {"utm:webfilter", "exempt", Outcome::allowed},
      {"utm:webfilter", "reset", Outcome::unknown},
      {"utm:virus", "blocked", Outcome::blocked},
      {"utm:virus", "passthrough", Outcome::allowed},
      {"utm:virus", "monitored", Outcome::allowed},
      {"utm:ips", "dropped", Outcome::blocked},
      {"utm:ips", "reset", Outcome::blocked},
      {"utm:ips", "reset_client", Outcome::blocked},
      {"utm:ips", "reset_server", Outcome::blocked},
      {"utm:ips", "drop_session", Outcome::blocked},
      {"utm:ips", "clear_session", Outcome::blocked},
      {"utm:ips", "blocked", Outcome::blocked},
      {"utm:ips", "detected", Outcome::allowed},
      {"utm:ips", "pass_session", Outcome::allowed},
      {"utm:anomaly", "clear_session", Outcome::blocked},
      {"utm:anomaly", "dropped", Outcome::blocked},
      {"utm:anomaly", "detected", Outcome::allowed},
      {"utm:app-ctrl", "block", Outcome::blocked},
      {"utm:app-ctrl", "reset", Outcome::blocked},
      {"utm:app-ctrl", "pass", Outcome::allowed},
      {"utm:app-ctrl", "monitor", Outcome::allowed},
      {"utm:dns", "block", Outcome::blocked},
      {"utm:dns", "redirect", Outcome::blocked},
      {"utm:dns", "pass", Outcome::allowed},
      {"utm:dlp", "block", Outcome::blocked},
      {"utm:dlp", "ban", Outcome::blocked},
      {"utm:dlp", "quarantine-ip", Outcome::blocked},
      {"utm:dlp", "log-only", Outcome::allowed},
      {"utm:dlp", "exempt", Outcome::allowed},
      {"utm:ssl", "blocked", Outcome::blocked},
      {"utm:ssl", "exempt", Outcome::allowed},
      {"utm:ssl", "passthrough", Outcome::allowed},
      {"utm:ssl", "resign-as-untrusted", Outcome::allowed},
      {"utm:ssh", "blocked", Outcome::blocked},
      {"utm:ssh", "passthrough", Outcome::allowed},
      {"utm:cifs", "blocked", Outcome::blocked},
      {"utm:cifs", "passthrough", Outcome::allowed},
      {"utm:file-filter", "blocked", Outcome::blocked},
      {"utm:file-filter", "passthrough", Outcome::allowed},
      {"utm:waf", "blocked", Outcome::blocked},
      {"utm:casb", "block", Outcome::blocked},
      {"casb:casb", "monitor", Outcome::allowed},
      {"casb:casb", "bypass", Outcome::allowed},
      {"utm:waf", "passthrough", Outcome::allowed},
      {"utm:emailfilter", "blocked", Outcome::blocked},
      {"utm:emailfilter", "passthrough", Outcome::allowed},
      {"utm:videofilter", "blocked", Outcome::blocked},
      {"utm:videofilter", "passthrough", Outcome::allowed},
      {"event:vpn", "tunnel-up", Outcome::unknown},
      {"event:system", "login", Outcome::unknown},
      {"event:user", "deny", Outcome::unknown},
      {"utm:new-thing", "blocked", Outcome::unknown},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    CAPTURE(row.action);
    const auto read = reading::read(log(row.type, std::string("act=") + row.action));
    CHECK(read.event.action == row.action);
    CHECK(read.event.outcome == row.outcome);
  }
}

TEST_CASE("Fortinet: the log's type is found wherever the firmware writes it, and so is the action") {
  const char* rows[] = {
      "CEF:0|Fortinet|Fortigate|v6|28704|n|2|cat=utm:app-ctrl FortinetFortiGateaction=block",
      "CEF:0|Fortinet|Fortigate|v6|28704|n|2|FTNTFGTsubtype=app-ctrl FTNTFGTaction=block",
      "CEF:0|Fortinet|Fortigate|v6|28704|n|2|FortinetFortiGatesubtype=app-ctrl FortinetFortiGateaction=block",
      "CEF:0|Fortinet|Fortigate|v6|28704|utm:app-ctrl signature block|2|act=block",
      "CEF:0|Fortinet|FortiGate-1000C|6|1059028704|app-ctrl utm block|2|act=block cat=12",
      "CEF:0|Fortinet|FortiGate-1000C|6|1059028704|n|2|act=block subtype=app-ctrl",
  };
  for (const char* row : rows) {
    CAPTURE(row);
    CHECK(reading::read(row).event.outcome == Outcome::blocked);
    CHECK(reading::read(row).event.action == "block");
  }
}

TEST_CASE("Fortinet: a page with a warning is told from a block by its message id") {
  CHECK(reading::read("CEF:0|Fortinet|Fortigate|v7|13057|utm:webfilter ftgd_blk blocked|4|act=blocked").event.outcome ==
        Outcome::warned);
  CHECK(reading::read("CEF:0|Fortinet|FortiGate-101E|7|0316013057|webfilter utm blocked|4|act=blocked").event.outcome ==
        Outcome::warned);
  CHECK(reading::read("CEF:0|Fortinet|Fortigate|v7|13057|utm:webfilter|4|act=passthrough").event.outcome ==
        Outcome::allowed);
}

TEST_CASE("Fortinet: the time is the event's, in seconds or nanoseconds, with or without a prefix") {
  struct Row {
    const char* name;
    const char* fields;
    const char* time;
    const char* flags = "";
  };
  const Row rows[] = {
      {"seconds", "FTNTFGTeventtime=1718452701 FTNTFGTtz=+0200", "2024-06-15T11:58:21.000Z"},
      {"nanoseconds", "FTNTFGTeventtime=1718452701263686912", "2024-06-15T11:58:21.263Z"},
      {"other prefix", "FortinetFortiGateeventtime=1718452701263686912", "2024-06-15T11:58:21.263Z"},
      {"no prefix", "eventtime=1718452701263686912 tz=\"+0100\"", "2024-06-15T11:58:21.263Z"},
      {"broken, and the start with its zone", "eventtime=12345678 start=Jun 15 2024 13:58:21 tz=\"+0200\"",
       "2024-06-15T11:58:21.000Z"},
      {"west of Greenwich", "start=Jun 15 2024 07:28:21 tz=-0430", "2024-06-15T11:58:21.000Z"},
      {"no zone", "start=Jun 15 2024 11:58:21", "2024-06-15T11:58:21.000Z", "time_without_zone"},
      {"zone that is none", "start=Jun 15 2024 11:58:21 tz=+9900", "2024-06-15T11:58:21.000Z", "time_without_zone"},
      {"none", "cnt=1", "2024-06-15T11:57:00.000Z", "time_from_header"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = reading::read(
        std::string("<189>Jun 15 11:57:00 fw CEF: 0|Fortinet|Fortigate|v7|13056|utm:webfilter|4|") + row.fields);
    CHECK(parsers::format_rfc3339(read.event.time) == row.time);
    CHECK(reading::names(read.event.flags) == row.flags);
  }
}

TEST_CASE("Fortinet: the addresses are found behind the other prefix, too") {
  const auto read = reading::read(
      "CEF:0|Fortinet|Fortigate|v6.2.9|13056|utm:webfilter|4|FortinetFortiGatesrcip=192.0.2.1 "
      "FortinetFortiGatedstip=2001:DB8::1");
  CHECK(read.event.source_address == "192.0.2.1");
  CHECK(read.event.destination_address == "2001:db8::1");
}

}  // namespace

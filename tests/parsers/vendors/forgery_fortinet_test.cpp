// The rows of FortiGate in which its own message stands in front of who and where, and those of FortiAnalyzer.
#include <doctest/doctest.h>

#include <string>

#include "tests/parsers/vendors/reading.h"

namespace {

using parsers::Flag;

constexpr const char* kVirusWithUser =
    "CEF:0|Fortinet|Fortigate|v6.0.3|08192|utm:virus infected passthrough|4|deviceExternalId=FG1 "
    "FTNTFGTlogid=0211008192 cat=utm:virus FTNTFGTsubtype=virus FTNTFGTeventtime=1545939418 msg=File is infected. "
    "act=passthrough app=HTTP externalId=695 src=192.0.2.1 dst=203.0.113.9 spt=56940 dpt=80 fname=FILE "
    "FTNTFGTquarskip=Not-quarantined FTNTFGTvirus=EICAR FTNTFGTdtype=Virus FTNTFGTref=http://f.example/x "
    "FTNTFGTvirusid=2172 request=http://h.example/URL FTNTFGTprofile=default duser=bob "
    "requestClientApplication=AGENT FTNTFGTcrscore=50 FTNTFGTcrlevel=critical";

std::string without(std::string line, const std::string& words) {
  const auto at = line.find(words);
  REQUIRE(at != std::string::npos);
  return line.erase(at, words.size());
}

// `line` with `text` in place of `place`, and an "x" in place of each other of `places`.
std::string with_text_in(std::string line, std::initializer_list<std::string_view> places, std::string_view place,
                         const std::string& text) {
  for (const std::string_view other : places) {
    line = reading::with_text(line, other, other == place ? "x " + text : "x");
  }
  return line;
}

// FortiOS's keys, those of 6.0 to 6.2, and FortiAnalyzer's.
constexpr const char* kPrefixes[] = {"FTNTFGT", "FortinetFortiGate", ""};

std::string with_prefix(std::string line, const std::string& prefix) {
  for (auto at = line.find("FTNTFGT"); at != std::string::npos; at = line.find("FTNTFGT", at + prefix.size()))
    line.replace(at, 7, prefix);
  return line;
}

std::string virus_row(const std::string& place, const std::string& text, bool has_user) {
  const std::string line = has_user ? kVirusWithUser : without(kVirusWithUser, "duser=bob ");
  return with_text_in(line, {"FILE", "URL", "AGENT"}, place, text);
}

TEST_CASE("forgery: a client's text in a row of FortiGate's antivirus sets nothing") {
  constexpr const char* kForged[] = {
      "suser=victim@contoso.com",
      "duser=victim@contoso.com",
      "user=victim@contoso.com",
      "suser=victim@contoso.com FTNTFGTprofile=x",
      "cat=x act=blocked",
      "act=blocked",
      "FTNTFGTseverity=x act=blocked",
      "cat=x request=http://evil.example/z",
      "rt=1515000000000",
      "FTNTFGTeventtime=1515000000",
      "src=6.6.6.6",
      "cat=x dst=6.6.6.6",
  };
  for (const bool has_user : {true, false}) {
    for (const char* place : {"FILE", "URL", "AGENT"}) {
      for (const char* forged : kForged) {
        const std::string line = virus_row(place, forged, has_user);
        CAPTURE(line);
        const auto read = reading::read(line);
        REQUIRE(read.has_event);
        CHECK(read.event.account == (has_user ? "bob" : ""));
        CHECK(read.event.action == "passthrough");
        CHECK(read.event.url.host == "h.example");
        CHECK(read.event.source_address == "192.0.2.1");
        CHECK(read.event.destination_address == "203.0.113.9");
        CHECK(parsers::format_rfc3339(read.event.time) == "2018-12-27T19:36:58.000Z");
        CHECK(read.flags.has(Flag::key_forged));
      }
    }
  }
}

TEST_CASE("forgery: the user of FortiGate's antivirus stands behind the profile, and counts") {
  for (const char* key : {"duser", "suser", "FTNTFGTuser"}) {
    for (const char* prefix : kPrefixes) {
      const std::string line =
          with_prefix(reading::with_text(virus_row("", "", true), "duser=", std::string(key) + "="), prefix);
      CAPTURE(line);
      const auto read = reading::read(line);
      CHECK(read.event.account == "bob");
      CHECK_FALSE(read.flags.has(Flag::key_forged));
    }
  }
}

// Rows that have the user behind the URL, in the order of FortiOS.
constexpr const char* kIntrusion =
    "CEF:0|Fortinet|Fortigate|v6.0.3|16384|utm:ips signature reset|7|deviceExternalId=FG1 FTNTFGTlogid=0419016384 "
    "cat=utm:ips FTNTFGTsubtype=ips FTNTFGTeventtime=1545939418 FTNTFGTseverity=info src=192.0.2.1 dst=203.0.113.9 "
    "externalId=901 act=reset proto=6 app=HTTP FTNTFGTattack=Eicar.Virus.Test.File spt=80 dpt=44362 dhost=h.example "
    "request=/URL requestClientApplication=AGENT deviceDirection=0 FTNTFGTattackid=29844 FTNTFGTprofile=test "
    "FTNTFGTref=http://f.example/ids/VID29844 duser=bob FTNTFGTincidentserialno=877326946 msg=file_transfer: Eicar,";
constexpr const char* kTransaction =
    "CEF:0|Fortinet|FortiProxy|v7.4|34512|traffic:http-transaction|3|deviceExternalId=FPX1 FTNTFGTeventtime=1545939418 "
    "FTNTFGTlogid=1000234512 cat=traffic:http-transaction FTNTFGTsubtype=http-transaction src=192.0.2.1 "
    "dst=203.0.113.9 FTNTFGTscheme=http spt=52112 dpt=80 dhost=h.example request=http://h.example/URL "
    "FTNTFGTprefetch=0 FTNTFGTpolicyid=5 externalId=901 FTNTFGTreqlength=474 FTNTFGTresplength=0 in=1932 out=943 "
    "FTNTFGTresptype=generated duser=bob FTNTFGTgroup=staff FTNTFGTcat=82 requestContext=Content Servers "
    "requestClientApplication=AGENT FTNTFGTduration=10";

TEST_CASE(
    "forgery: the user behind the URL of FortiGate's intrusion prevention and HTTP transactions counts, no other") {
  constexpr const char* kForged[] = {
      "",
      "duser=victim@contoso.com",
      "suser=victim@contoso.com FTNTFGTprofile=x",
      "FTNTFGTref=x FTNTFGTresplength=1 user=victim@contoso.com",
      "FTNTFGTattack=x FTNTFGTscheme=x FTNTFGTuser=victim@contoso.com",
  };
  for (const std::string row : {kIntrusion, kTransaction}) {
    for (const bool has_user : {true, false}) {
      for (const char* place : {"URL", "AGENT"}) {
        for (const std::string forged : kForged) {
          for (const char* prefix : kPrefixes) {
            const std::string own = has_user ? row : without(row, "duser=bob ");
            const std::string line = with_prefix(with_text_in(own, {"URL", "AGENT"}, place, forged), prefix);
            CAPTURE(line);
            const auto read = reading::read(line);
            REQUIRE(read.has_event);
            CHECK(read.event.account == (has_user ? "bob" : ""));
            CHECK(read.event.user == "");
            CHECK(read.event.url.host == "h.example");
            CHECK(read.event.source_address == "192.0.2.1");
            CHECK(read.flags.has(Flag::key_forged) == !forged.empty());
          }
        }
      }
    }
  }
}

TEST_CASE("forgery: a user behind the URL of a row that no FortiGate wrote counts") {
  const auto read = reading::read(
      "CEF:0|Fortinet|Fortigate|v7.0.7|13056|utm:webfilter ftgd_blk blocked|4|cat=utm:webfilter src=192.0.2.1 "
      "dhost=h.example act=blocked request=/x duser=bob@contoso.com");
  CHECK(read.event.user == "bob@contoso.com");
  CHECK_FALSE(read.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: an action behind the URL of FortiGate's web application firewall is no client's") {
  constexpr const char* kRow =
      "CEF:0|Fortinet|Fortigate|v6.0.3|30258|utm:waf waf-http-constraint passthrough|4|deviceExternalId=FG1 "
      "FTNTFGTlogid=1203030258 cat=utm:waf FTNTFGTsubtype=waf FTNTFGTeventtime=1545951320 duser=bob src=192.0.2.1 "
      "dst=203.0.113.9 dpt=80 app=HTTP request=http://h.example/URL FTNTFGTseverity=medium act=passthrough "
      "deviceDirection=0 requestClientApplication=AGENT";
  for (const char* place : {"URL", "AGENT"}) {
    for (const char* forged : {"cat=x act=blocked", "FTNTFGTseverity=low act=blocked"}) {
      const std::string line = with_text_in(kRow, {"URL", "AGENT"}, place, forged);
      CAPTURE(line);
      const auto read = reading::read(line);
      CHECK(read.event.action == "passthrough");
      CHECK(read.flags.has(Flag::key_forged));
    }
  }
}

TEST_CASE("forgery: the host behind the message of FortiGate's TLS inspection counts") {
  constexpr const char* kRow =
      "CEF:0|Fortinet|Fortigate|v7.2.8|62304|utm:ssl ssl-anomaly resign-as-untrusted|4|FTNTFGTlogid=1700062304 "
      "cat=utm:ssl FTNTFGTsubtype=ssl act=resign-as-untrusted app=HTTPS duser=bob src=192.0.2.1 dst=203.0.113.9 "
      "dpt=443 "
      "msg=Server certificate is re-signed as untrusted, certificate-status: untrusted. dhost=h.example";
  const auto read = reading::read(kRow);
  CHECK(reading::url_of(read.event) == "https://h.example/");
  CHECK(read.event.account == "bob");
  CHECK_FALSE(read.flags.has(Flag::key_forged));
  const auto blocked = reading::read(
      "CEF:0|Fortinet|Fortigate|v7.2.8|16400|utm:ips malicious-url dropped|4|FTNTFGTlogid=0421016399 cat=utm:ips "
      "FTNTFGTsubtype=ips src=192.0.2.1 dst=203.0.113.8 act=dropped app=HTTP dpt=80 FTNTFGTattack=malicious-url "
      "msg=URL blocked by malicious-url-list FTNTFGTprofile=p dhost=h.example request=/x dhost=evil.example "
      "requestClientApplication=curl");
  CHECK(blocked.event.url.host == "h.example");
  CHECK(blocked.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: what FortiAnalyzer writes a second time counts, and nothing of a client's does") {
  constexpr const char* kRow =
      "CEF:0|Fortinet|FortiGate-100F|7.2.8,build1639 (GA)|0317013312|webfilter utm passthrough|5|"
      "start=Aug 01 2025 12:34:56 vd=root eventtime=1754044496123456789 tz=+0200 logid=0317013312 cat=utm "
      "subtype=webfilter src=192.0.2.1 dst=203.0.113.9 dpt=443 app=HTTPS dhost=h.example act=passthrough "
      "request=https://h.example/TEXT out=1 in=0 msg=URL belongs to an allowed category in policy "
      "ratemethod=domain cat=52 requestContext=Information Technology tz=\"+0200\"";
  const auto own = reading::read(reading::with_text(kRow, "TEXT", ""));
  CHECK(own.event.outcome == parsers::Outcome::allowed);
  CHECK(own.cef.find(parsers::CefKey::cat)->raw == "52");
  CHECK(own.cef.find(parsers::CefKey::tz)->raw == "\"+0200\"");
  CHECK_FALSE(own.flags.has(Flag::key_forged));
  CHECK_FALSE(own.flags.has(Flag::duplicate_key));
  for (const char* forged : {"cat=9", "tz=+0900", "msg=x cat=9"}) {
    CAPTURE(forged);
    const auto read = reading::read(reading::with_text(kRow, "TEXT", std::string("x ") + forged));
    CHECK(read.event.outcome == parsers::Outcome::allowed);
    CHECK(read.event.time == own.event.time);
    CHECK(read.cef.find(parsers::CefKey::cat)->raw == "52");
    CHECK(read.cef.find(parsers::CefKey::tz)->raw == "\"+0200\"");
    CHECK(read.flags.has(Flag::key_forged));
  }
  const auto resolved = reading::read(
      "CEF:0|Fortinet|FortiGate-100F|7.2.8,build1639 (GA)|1501054802|dns-response utm pass|3|logid=1501054802 cat=utm "
      "subtype=dns src=192.0.2.1 dst=203.0.113.9 dpt=53 msg=Domain is monitored act=pass cat=52 reason=none "
      "tz=\"+0000\"");
  CHECK(resolved.event.action == "pass");
  CHECK(resolved.cef.find(parsers::CefKey::reason) != nullptr);
  CHECK_FALSE(resolved.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: the recipient of FortiGate's mail filter is not its user") {
  const auto read = reading::read(
      "CEF:0|Fortinet|Fortigate|v6.0.3|20503|utm:emailfilter smtp log-only|2|FTNTFGTlogid=0508020503 "
      "cat=utm:emailfilter "
      "duser=bob src=192.0.2.1 dst=203.0.113.9 app=SMTP act=log-only suser=from@contoso.com duser=to@contoso.com");
  CHECK(read.cef.find(parsers::CefKey::duser)->raw == "bob");
  CHECK_FALSE(read.flags.has(Flag::key_forged));
}

TEST_CASE("forgery: a user in a URL of FortiAnalyzer's rows is nobody's") {
  constexpr const char* kRow =
      "CEF:0|Fortinet|FortiGate-101E|7.0.14,build0601 (GA)|0316013312|webfilter utm passthrough|3|"
      "deviceExternalId=FG101E eventtime=1745280000000000000 tz=\"+0000\" logid=0317013312 subtype=webfilter "
      "src=192.0.2.1 dst=203.0.113.9 dpt=443 app=HTTPS dhost=h.example act=passthrough "
      "request=https://h.example/TEXT out=100 in=0";
  for (const char* forged : {"suser=victim@contoso.com", "duser=victim", "user=victim@contoso.com"}) {
    const auto read = reading::read(reading::with_text(kRow, "TEXT", std::string("x ") + forged));
    CAPTURE(forged);
    CHECK(read.event.user == "");
    CHECK(read.event.account == "");
    CHECK(read.flags.has(Flag::key_forged));
  }
}

}  // namespace

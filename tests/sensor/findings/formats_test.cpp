#include "sensor/findings/formats.h"

#include <doctest/doctest.h>

#include "parsers/cef.h"
#include "parsers/code_point.h"
#include "parsers/utf8.h"
#include "sensor/findings/cef_line.h"
#include "sensor/findings/finding_json.h"
#include "tests/sensor/findings/findings_made.h"
#include "tests/support/golden.h"

using findings::Format;

namespace {

std::string json_line(const correlate::Finding& finding, std::int64_t revision = 1) {
  return findings::to_json_line(finding, revision, support::kMadeAt);
}

std::string value(const parsers::CefMessage& cef, std::string_view key) {
  std::string scratch;
  const parsers::CefField* field = cef.find(key);
  return field ? std::string(parsers::unescape_value(field->raw, scratch)) : "(none)";
}

// Golden files outlive a release.
std::string without_version(std::string line) {
  const std::string version = LUREWATCH_VERSION;
  for (const std::string& quoted : {'"' + version + '"', '|' + version + '|'})
    for (std::size_t at = line.find(quoted); at != std::string::npos; at = line.find(quoted, at + 1))
      line.replace(at + 1, version.size(), "VERSION");
  return line;
}

// No byte below a blank, no character that can't be seen, valid UTF-8: nothing in it can begin a line or move a cursor.
bool is_harmless(const std::string& line) {
  if (!parsers::is_utf8(line)) return false;
  for (std::size_t at = 0; at < line.size();) {
    const auto point = parsers::read_utf8(line, at);
    if (point.value < 0x20 || point.value == 0x7f || point.value == 0x202e || point.value == 0x85) return false;
    at += point.size;
  }
  return true;
}

correlate::Finding endless() {
  auto finding = support::make_hostile_finding();
  while (finding.clicks.size() < 40) finding.clicks.push_back(finding.clicks.front());
  while (finding.sign_ins.size() < 40) finding.sign_ins.push_back(finding.sign_ins.front());
  while (finding.alerts.size() < 40) finding.alerts.push_back(finding.alerts.front());
  finding.user = std::string(100'000, 'u') + "@contoso.com";
  finding.url = "https://login.example.com/" + std::string(100'000, '\\');
  return finding;
}

}  // namespace

TEST_CASE("formats: every name leads to its format and file") {
  for (const Format format : findings::all_formats())
    CHECK(findings::parse_format(findings::to_string(format)) == format);
  CHECK_FALSE(findings::parse_format("JSON"));
  CHECK(findings::file_name(Format::ocsf) == "alerts.ocsf.jsonl");
  CHECK(findings::file_name(Format::cef) == "alerts.cef");
}

TEST_CASE("formats: golden lines of each format") {
  for (const Format format : {Format::ocsf, Format::ecs, Format::cef}) {
    const std::string line = without_version(findings::to_line(format, json_line(support::make_finding())));
    const bool is_json = format != Format::cef;
    const std::string name =
        "findings/strong." + std::string(findings::to_string(format)) + (is_json ? ".json" : ".txt");
    support::check_golden(name, is_json ? support::indent_json(line) : line + '\n');
  }
}

TEST_CASE("formats: hostile and endless evidence makes one harmless line within the limit") {
  for (const auto& finding : {support::make_hostile_finding(), endless()}) {
    const std::string json = json_line(finding);
    for (const Format format : findings::all_formats()) {
      CAPTURE(findings::to_string(format));
      const std::string line = findings::to_line(format, json);
      CHECK(line.size() <= (format == Format::cef ? findings::kMaxCefBytes : findings::kMaxLineBytes));
      CHECK(is_harmless(line));
      CHECK(line == findings::to_line(format, json));
    }
  }
}

TEST_CASE("formats: our own CEF parser reads back what was written") {
  auto finding = support::make_finding();
  finding.host = "a|b\\c=d.example.com";
  finding.url = "https://login.example.com/x?a=b\\c&src=1.2.3.4 act=blocked";
  const std::string line = findings::to_line(Format::cef, json_line(finding, 7));
  parsers::CefMessage cef;
  REQUIRE(parsers::parse_cef(line, cef).has_value());
  std::string scratch;
  CHECK(cef.device_vendor == "Lurewatch");
  CHECK(cef.severity == "9");
  CHECK(parsers::unescape_header(cef.name, scratch) ==
        "bob@contoso.com reached the phishing page on a|b\\c=d.example.com and was signed in from its address "
        "203.0.113.7");
  CHECK(value(cef, "externalId") == finding.id);
  CHECK(value(cef, "suser") == "bob@contoso.com");
  CHECK(value(cef, "src") == "203.0.113.7");
  CHECK(value(cef, "dhost") == "a|b\\c=d.example.com");
  CHECK(value(cef, "request") == finding.url);
  CHECK(value(cef, "cn1") == "7");
  CHECK(value(cef, "cfp1Label") == "confidence");
  CHECK(value(cef, "rt") == "1773144300000");
  CHECK(value(cef, "cs2") == "url exact, user upn, ip same, order click-then-signin");
  CHECK(value(cef, "act") == "(none)");
}

TEST_CASE("formats: a later revision is an update of the same finding") {
  const std::string first = findings::to_line(Format::ocsf, json_line(support::make_finding(), 1));
  const std::string second = findings::to_line(Format::ocsf, json_line(support::make_finding(), 2));
  CHECK(first.find("\"type_uid\":200401") != std::string::npos);
  CHECK(second.find("\"type_uid\":200402") != std::string::npos);
}

TEST_CASE("formats: a line that is no finding makes a line nevertheless") {
  for (const Format format : {Format::ocsf, Format::ecs, Format::cef}) {
    CHECK(is_harmless(findings::to_line(format, "not JSON")));
    CHECK(is_harmless(findings::to_line(format, R"({"evidence":[1],"reasons":{"a":null},"time":5,"confidence":"x"})")));
  }
}

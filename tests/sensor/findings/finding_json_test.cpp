#include "sensor/findings/finding_json.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <string>

#include "parsers/code_point.h"
#include "tests/sensor/findings/findings_made.h"
#include "tests/support/golden.h"

using findings::kMaxLineBytes;
using findings::to_json_line;
using support::kMadeAt;
namespace json = boost::json;

namespace {

json::object read(const std::string& line) {
  boost::system::error_code failure;
  const json::value value = json::parse(line, failure);
  REQUIRE_MESSAGE(!failure, failure.message());
  return value.as_object();
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto point = parsers::read_utf8(text, at);
    if (point.size == 0) return false;
    at += point.size;
  }
  return true;
}

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

correlate::Finding with_counts(std::size_t count, const std::string& raw) {
  correlate::Finding finding = support::make_finding();
  for (std::size_t i = 1; i < count; ++i) {
    finding.alerts.push_back(support::make_alert("alert-" + std::to_string(i + 1)));
    finding.clicks.push_back(support::make_click(i + 1));
    finding.sign_ins.push_back(support::make_sign_in("sign-in-" + std::to_string(i + 1)));
  }
  for (auto& click : finding.clicks) click.raw = raw;
  return finding;
}

}  // namespace

TEST_CASE("finding json: a strong finding reads as the contract says, key by key") {
  support::check_golden("findings/strong.json",
                        support::indent_json(to_json_line(support::make_finding(), 1, kMadeAt)));
}

TEST_CASE("finding json: a weak finding reads as the contract says, key by key") {
  support::check_golden("findings/weak.json",
                        support::indent_json(to_json_line(support::make_weak_finding(), 2, kMadeAt)));
}

TEST_CASE("finding json: a hostile finding is still one line of the same shape") {
  const std::string line = to_json_line(support::make_hostile_finding(), 1, kMadeAt);
  support::check_golden("findings/hostile.json", support::indent_json(line));
  CHECK(is_valid_utf8(line));
  CHECK(is_plain(line));
  const json::object finding = read(line);
  CHECK(finding.at("id").as_string() != "forged");
  const std::string raw(finding.at("evidence").at("events").at(0).at("raw").as_string());
  CHECK(raw.starts_with("a\"b\\c\n{\"id\":\"forged\"}\r\x1b[2J\x7f"));
}

TEST_CASE("finding json: the keys come in the contract's order, whether or not evidence was left out") {
  std::vector<std::string> expected{"time",        "id",       "revision",   "mode",       "rule",      "title",
                                    "description", "severity", "confidence", "reasons",    "match",     "user",
                                    "url",         "host",     "ip",         "first_seen", "last_seen", "tactics",
                                    "techniques",  "entities", "evidence",   "test"};
  const auto keys_of = [](const json::object& object) {
    std::vector<std::string> keys;
    for (const auto& member : object) keys.emplace_back(member.key());
    return keys;
  };
  CHECK(keys_of(read(to_json_line(with_counts(20, "raw"), 1, kMadeAt))) == expected);
  expected.insert(expected.end() - 1, "evidence_truncated");
  CHECK(keys_of(read(to_json_line(with_counts(21, "raw"), 1, kMadeAt))) == expected);
}

TEST_CASE("finding json: the same finding is the same bytes") {
  CHECK(to_json_line(support::make_finding(), 1, kMadeAt) == to_json_line(support::make_finding(), 1, kMadeAt));
}

TEST_CASE("finding json: an adversary was in the middle where an address ties the sign-in to the page") {
  const auto techniques = [](correlate::AddressMatch tie) {
    correlate::Finding finding = support::make_finding();
    finding.address_match = tie;
    return json::serialize(read(to_json_line(finding, 1, kMadeAt)).at("techniques"));
  };
  CHECK(techniques(correlate::AddressMatch::prefix) == R"(["T1566.002","T1557","T1539","T1078.004"])");
  CHECK(techniques(correlate::AddressMatch::different) == R"(["T1566.002","T1539","T1078.004"])");
}

TEST_CASE("finding json: severity follows confidence") {
  struct Row {
    double confidence;
    const char* severity;
  };
  for (const Row& row : {Row{1.0, "High"}, Row{0.8, "High"}, Row{0.79, "Medium"}, Row{0.65, "Medium"}, Row{0.64, "Low"},
                         Row{0.5, "Low"}, Row{0.49, "Informational"}}) {
    CAPTURE(row.confidence);
    correlate::Finding finding = support::make_finding();
    finding.confidence = row.confidence;
    CHECK(read(to_json_line(finding, 1, kMadeAt)).at("severity").as_string() == row.severity);
  }
}

TEST_CASE("finding json: the reasons add up to the confidence as written") {
  for (const auto& made : {support::make_finding(), support::make_weak_finding()}) {
    const json::object finding = read(to_json_line(made, 1, kMadeAt));
    double sum = 0;
    for (const json::value& reason : finding.at("reasons").as_array()) sum += reason.at("weight").to_number<double>();
    CHECK(sum == doctest::Approx(finding.at("confidence").to_number<double>()));
  }
}

TEST_CASE("finding json: a test finding says so") {
  correlate::Finding finding = support::make_finding();
  CHECK(read(to_json_line(finding, 1, kMadeAt)).at("test").as_bool() == false);
  finding.test = true;
  CHECK(read(to_json_line(finding, 1, kMadeAt)).at("test").as_bool() == true);
}

TEST_CASE("finding json: evidence past twenty of a kind is counted") {
  const json::object finding = read(to_json_line(with_counts(25, "raw"), 1, kMadeAt));
  CHECK(finding.at("evidence").at("alerts").as_array().size() == 20);
  CHECK(finding.at("evidence").at("events").as_array().size() == 20);
  CHECK(finding.at("evidence").at("signins").as_array().size() == 20);
  CHECK(json::serialize(finding.at("evidence_truncated")) == R"({"alerts":5,"events":5,"signins":5})");
}

TEST_CASE("finding json: a line that would be too long loses raw text first and keeps its rows") {
  const std::string line = to_json_line(with_counts(20, std::string(60'000, 'r')), 1, kMadeAt);
  CHECK(line.size() <= kMaxLineBytes);
  const json::object finding = read(line);
  CHECK(finding.at("evidence").at("events").as_array().size() == 20);
  CHECK(finding.at("evidence").at("alerts").as_array().size() == 20);
  const std::string raw(finding.at("evidence").at("events").at(0).at("raw").as_string());
  CHECK(raw.size() > 200);
  CHECK(raw.ends_with("r\xE2\x80\xA6"));
  CHECK(finding.at("url").as_string() == support::kLure);
}

TEST_CASE("finding json: one long raw message that fits is told whole") {
  const std::string raw(40'000, 'r');
  const json::object finding = read(to_json_line(with_counts(1, raw), 1, kMadeAt));
  CHECK(finding.at("evidence").at("events").at(0).at("raw").as_string() == raw);
}

TEST_CASE("finding json: no facts, however hostile, make a line too long") {
  for (const char* unit : {"\x01", "\xff", "\"", "\xf3\xa0\x81\x81", "x"}) {
    CAPTURE(std::string(unit));
    std::string text;
    while (text.size() < 10'000) text += unit;
    correlate::Finding finding = support::make_finding();
    parsers::Alert& alert = finding.alerts[0];
    alert.id = alert.title = alert.severity = alert.service_source = text;
    alert.users.assign(25, text);
    for (int i = 0; i < 25; ++i) alert.network_message_ids.push_back(std::to_string(i) + text);
    finding.user = text + "@" + text;
    finding.host = finding.ip = text;
    finding.url = text;
    for (auto& reason : finding.reasons) reason.name = reason.detail = text;
    correlate::Click& click = finding.clicks[0];
    parsers::Event& event = click.event;
    event.product = event.user = event.account = event.user_raw = event.url_raw = event.action = text;
    event.url.host = event.url.path = event.source_address = event.destination_address = text;
    for (unsigned flag = 0; flag < static_cast<unsigned>(parsers::Flag::count_); ++flag)
      event.flags.set(static_cast<parsers::Flag>(flag));
    click.input = text;
    for (int i = 0; i < 8; ++i) click.raw += text;
    parsers::SignIn& sign_in = finding.sign_ins[0];
    sign_in.id = sign_in.user_principal_name = sign_in.address = sign_in.app_display_name = text;
    sign_in.client_app_used = sign_in.user_agent = sign_in.resource_display_name = sign_in.city = text;
    sign_in.country = sign_in.risk_level_during_sign_in = sign_in.session_id = text;
    finding.alerts.resize(30, parsers::Alert(alert));
    finding.clicks.resize(30, correlate::Click(click));
    finding.sign_ins.resize(30, parsers::SignIn(sign_in));
    const std::string line = to_json_line(finding, 1, kMadeAt);
    CHECK(line.size() <= kMaxLineBytes);
    CHECK(is_valid_utf8(line));
    CHECK(is_plain(line));
    read(line);
  }
}

TEST_CASE("finding json: a lure on a bare address is a host without a domain") {
  correlate::Finding finding = support::make_finding();
  for (const char* host : {"198.51.100.9", "[2001:db8::9]", "intranet"}) {
    finding.host = host;
    const json::object written = read(to_json_line(finding, 1, kMadeAt));
    const json::object& entity = written.at("entities").at(3).as_object();
    CHECK(entity.at("HostName").as_string() == host);
    CHECK_FALSE(entity.contains("DnsDomain"));
  }
}

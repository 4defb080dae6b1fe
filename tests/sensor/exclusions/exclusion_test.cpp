#include "sensor/exclusions/exclusion.h"

#include <doctest/doctest.h>

#include "sensor/exclusions/load.h"
#include "tests/sensor/findings/findings_made.h"

using exclusions::ExclusionSet;
using exclusions::FieldKind;

namespace {

const parsers::TimePoint kNow = support::kMadeAt;

// One rule of these conditions, in force.
ExclusionSet rules(const std::string& conditions) {
  const std::string head = "[[exclusion]]\nname = \"r\"\nowner = \"o\"\nreason = \"because\"\nexpires = 2027-01-01\n";
  const auto loaded = exclusions::load_text(head + conditions, "t.toml");
  std::string mistakes;
  for (const auto& mistake : loaded.mistakes) mistakes += config::to_text(mistake);
  CHECK(mistakes == "");
  return *loaded.set;
}

bool covers(const std::string& conditions, const correlate::Finding& finding = support::make_finding()) {
  return !rules(conditions).covering(finding, kNow).empty();
}

correlate::Click with_port(const char* port) {
  correlate::Click click = support::make_click();
  click.raw = std::string("<14>Mar 10 12:01:00 fw1 CEF:0|Palo Alto Networks|PAN-OS|10.2|url|THREAT|1|suser=bob dpt=") +
              port + " src=10.1.2.3 requestClientApplication=Veeam Backup Agent/12.1";
  return click;
}

}  // namespace

TEST_CASE("exclusions: a value is a text, a suffix, a pattern or a range of addresses") {
  struct Row {
    const char* value;
    FieldKind kind;
    const char* field;
    bool matches;
  };
  const Row rows[] = {
      {"Bob@contoso.com", FieldKind::text, "bob@CONTOSO.com", true},
      {"bob@contoso.com", FieldKind::text, "bob@contoso.com.example", false},
      {"*.example.com", FieldKind::text, "login.EXAMPLE.com", true},
      {"*.example.com", FieldKind::text, "example.com", false},
      {"*.example.com", FieldKind::text, "login.example.com.evil.net", false},
      {"~^svc-[a-z]+@", FieldKind::text, "svc-backup@contoso.com", true},
      {"~^svc-[a-z]+@", FieldKind::text, "x-svc-backup@contoso.com", false},
      {"~(?i)veeam", FieldKind::text, "agent VEEAM 12", true},
      {"~veeam", FieldKind::text, "agent VEEAM 12", false},
      {"=~tilde", FieldKind::text, "~tilde", true},
      {"=*star", FieldKind::text, "a*star", false},
      {"10.1.0.0/16", FieldKind::address, "10.1.2.3", true},
      {"10.1.0.0/16", FieldKind::address, "10.2.2.3", false},
      {"10.1.2.3", FieldKind::address, "10.1.2.3", true},
      {"2001:db8::/32", FieldKind::address, "2001:db8::7", true},
      {"~^10\\.", FieldKind::address, "10.1.2.3", true},
      {"10.1.0.0/16", FieldKind::text, "10.1.2.3", false},
      {"a", FieldKind::text, "", false},
      {"~.*", FieldKind::text, "", false},
      {"~^.$", FieldKind::text, "\xff", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    CAPTURE(row.field);
    const auto condition = exclusions::Condition::parse(row.value, row.kind);
    REQUIRE(condition.has_value());
    CHECK(condition->matches(row.field) == row.matches);
  }
}

TEST_CASE("exclusions: a value that can't be meant is an error") {
  struct Row {
    std::string value;
    FieldKind kind;
    const char* code;
  };
  const Row rows[] = {{"", FieldKind::text, "empty"},
                      {"*", FieldKind::text, "empty"},
                      {"~", FieldKind::text, "empty"},
                      {"~(", FieldKind::text, "bad_pattern"},
                      {"~(a{1000}){1000}", FieldKind::text, "bad_pattern"},
                      {"~" + std::string(exclusions::kMaxPatternBytes + 1, 'a'), FieldKind::text, "bad_pattern"},
                      {"10.0.0.0/33", FieldKind::address, "bad_range"},
                      {"host.example.com", FieldKind::address, "bad_range"}};
  for (const Row& row : rows) {
    CAPTURE(row.value.substr(0, 40));
    const auto condition = exclusions::Condition::parse(row.value, row.kind);
    REQUIRE_FALSE(condition.has_value());
    CHECK(std::string(condition.error().code) == row.code);
  }
}

TEST_CASE("exclusions: every condition of a rule must hold, any value of a field may") {
  CHECK(covers("[exclusion.event]\nuser = \"bob@contoso.com\"\n"));
  CHECK(covers("[exclusion.event]\nuser = [\"eve@contoso.com\", \"bob@contoso.com\"]\n"));
  CHECK_FALSE(covers("[exclusion.event]\nuser = [\"eve@contoso.com\", \"ann@contoso.com\"]\n"));
  CHECK(covers("[exclusion.event]\nuser = \"bob@contoso.com\"\nsource_address = \"10.1.2.0/24\"\n"));
  CHECK_FALSE(covers("[exclusion.event]\nuser = \"bob@contoso.com\"\nsource_address = \"10.1.3.0/24\"\n"));
  CHECK(covers("[exclusion.event]\nhost = \"*.example.com\"\n[exclusion.signin]\ncountry = \"nl\"\n"));
  CHECK_FALSE(covers("[exclusion.event]\nhost = \"*.example.com\"\n[exclusion.signin]\ncountry = \"DE\"\n"));
  CHECK(covers("[exclusion.signin]\nis_interactive = true\n"));
  CHECK_FALSE(covers("[exclusion.signin]\nautonomous_system_number = 64500\n"));
}

TEST_CASE("exclusions: a column of CommonSecurityLog is read from the message") {
  const auto finding = support::make_finding({support::make_alert()}, {with_port("443")}, {support::make_sign_in()});
  CHECK(covers("[exclusion.event]\nDestinationPort = 443\n", finding));
  CHECK_FALSE(covers("[exclusion.event]\nDestinationPort = 3389\n", finding));
  CHECK(covers("[exclusion.event]\nRequestClientApplication = \"~^Veeam\"\nSourceIP = \"10.1.0.0/16\"\n", finding));
  CHECK_FALSE(covers("[exclusion.event]\nSourceProcessName = \"~.\"\n", finding));
}

TEST_CASE("exclusions: one pair of click and sign-in that nobody excluded keeps the finding") {
  using namespace std::chrono_literals;
  correlate::Click other = support::make_click(2, support::kNoon + 2min);
  other.event.source_address = "10.9.9.9";
  parsers::SignIn later = support::make_sign_in("sign-in-2", support::kNoon + 9min);
  later.country = "DE";
  const auto finding =
      support::make_finding({support::make_alert()}, {support::make_click(), other}, {support::make_sign_in(), later});
  REQUIRE(finding.clicks.size() == 2);
  REQUIRE(finding.sign_ins.size() == 2);
  CHECK_FALSE(covers("[exclusion.event]\nsource_address = \"10.1.2.3\"\n", finding));
  CHECK(covers("[exclusion.event]\nsource_address = [\"10.1.2.3\", \"10.9.9.0/24\"]\n", finding));
  CHECK_FALSE(covers("[exclusion.signin]\ncountry = \"NL\"\n", finding));
  const std::string both =
      "[exclusion.signin]\ncountry = \"NL\"\n[[exclusion]]\nname = \"s\"\nowner = \"o\"\nreason = \"because\"\n"
      "expires = 2027-01-01\n[exclusion.signin]\ncountry = \"DE\"\n";
  CHECK(rules(both).covering(finding, kNow).size() == 2);
}

TEST_CASE("exclusions: a rule that has ended covers nothing") {
  const auto set = rules("[exclusion.event]\nuser = \"bob@contoso.com\"\n");
  const auto finding = support::make_finding();
  const auto end = *parsers::parse_rfc3339("2027-01-02T00:00:00Z");
  CHECK(set.covering(finding, end - parsers::Duration(1)).size() == 1);
  CHECK(set.covering(finding, end).empty());
  CHECK(set.holds(set.all()[0].key, end - parsers::Duration(1)));
  CHECK_FALSE(set.holds(set.all()[0].key, end));
}

TEST_CASE("exclusions: the key of a rule changes with its conditions alone") {
  const auto key = [](const std::string& head, const std::string& conditions) {
    const auto loaded = exclusions::load_text(head + conditions, "t.toml");
    REQUIRE(loaded.mistakes.empty());
    return loaded.set->all().at(0).key;
  };
  const std::string one = "[[exclusion]]\nname = \"r\"\nowner = \"o\"\nreason = \"because\"\nexpires = 2027-01-01\n";
  const std::string other = "[[exclusion]]\nname = \"q\"\nowner = \"p\"\nreason = \"so\"\nexpires = 2028-01-01\n";
  const std::string event = "[exclusion.event]\nuser = \"a\"\n";
  CHECK(key(one, event) == key(other, event));
  CHECK(key(one, event) != key(one, "[exclusion.event]\nuser = \"b\"\n"));
  CHECK(key(one, event) != key(one, "[exclusion.signin]\nuser = \"a\"\n"));
  CHECK(key(one, event) != key(one, "[exclusion.event]\naccount = \"a\"\n"));
}

#include "sensor/query/condition.h"

#include <doctest/doctest.h>

using namespace query;

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T12:00:00Z");

}  // namespace

TEST_CASE("query condition: what is wrong with one is said, with the likely mend") {
  const struct {
    const char *text, *code, *detail;
  } kRows[] = {
      {"", "no_name", "it begins with no name; write Column=value"},
      {"=x", "no_name", "it begins with no name; write Column=value"},
      {"RequestUrl=x", "no_such_field",
       "RequestUrl is no column of CommonSecurityLog and no field of an event; did you mean RequestURL?"},
      {"Zzzzzzzzzzzzzzzz=x", "no_such_field",
       "Zzzzzzzzzzzzzzzz is no column of CommonSecurityLog and no field of an event"},
      {"RequestURL", "no_operator", "after RequestURL one of = != ~ !~ >= <= must follow"},
      {"RequestURL>x", "no_operator", "after RequestURL one of = != ~ !~ >= <= must follow"},
      {"RequestURL~(", "bad_pattern", "(: missing ): ("},
      {"DestinationPort=http", "bad_number", "DestinationPort holds whole numbers, and http is none"},
      {"DestinationPort>=", "bad_number", "DestinationPort holds whole numbers, and  is none"},
      {"RequestURL>=a", "no_order", "RequestURL holds text; >= and <= compare times and numbers"},
      {"time>=soon", "bad_time",
       "soon is no time: write 2026-11-24T07:31:00Z, 2026-11-24, or an age such as 90m or 2d"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    const auto condition = Condition::parse(row.text, kNow);
    REQUIRE(condition.has_error());
    CHECK(condition.error().code == std::string(row.code));
    CHECK(condition.error().detail == row.detail);
  }
}

TEST_CASE("query condition: the value is everything behind the operator") {
  const auto condition = Condition::parse("RequestURL=a=b~c ", kNow);
  REQUIRE(condition.has_value());
  CHECK(condition->op() == Operator::equal);
  CHECK(condition->value() == "a=b~c ");
  CHECK(Condition::parse("RequestURL!~x", kNow)->op() == Operator::no_match);
}

TEST_CASE("query time: RFC 3339, a date, a time without zone, and ages") {
  const struct {
    const char *text, *time;
  } kRows[] = {{"now", "2026-11-24T12:00:00.000Z"},
               {"90m", "2026-11-24T10:30:00.000Z"},
               {"2d", "2026-11-22T12:00:00.000Z"},
               {"2026-11-20", "2026-11-20T00:00:00.000Z"},
               {"2026-11-20 07:31:00", "2026-11-20T07:31:00.000Z"},
               {"2026-11-20T07:31:00.5+01:00", "2026-11-20T06:31:00.500Z"}};
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    const auto time = parse_time(row.text, kNow);
    REQUIRE(time.has_value());
    CHECK(parsers::format_rfc3339(*time) == row.time);
  }
}

TEST_CASE("query field: every name is found by itself, and the times and numbers of the table are known") {
  for (const std::string_view name : field_names()) {
    CAPTURE(name);
    REQUIRE(find_field(name));
    CHECK(find_field(name)->name() == name);
  }
  CHECK(find_field("DestinationPort")->kind() == Kind::integer);
  CHECK(find_field("TimeGenerated")->kind() == Kind::time);
  CHECK(find_field("Reason")->kind() == Kind::text);
  CHECK_FALSE(find_field("Reason")->operator==(*find_field("reason")));
}

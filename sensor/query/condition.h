// One --where: a field, a comparison and a value.
//
//   condition = name ( "=" / "!=" / "~" / "!~" / ">=" / "<=" ) value
//
// "~" searches for an RE2 pattern anywhere in the value, "=" compares all of it, both with regard to case; numbers are
// compared as numbers. ">=" and "<=" are for times (RFC 3339, a date, or an age such as "2h") and numbers. A field that
// is not set equals the empty value.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

#include "parsers/result.h"
#include "sensor/query/field.h"
#include "sensor/query/prefilter.h"

namespace query {

enum class Operator { equal, unequal, match, no_match, at_least, at_most };

// "now", an age ("2h": that long before `now`), a date, or RFC 3339. Error "bad_time".
parsers::Result<parsers::TimePoint> parse_time(std::string_view text, parsers::TimePoint now);

class Condition {
 public:
  // Error codes: "no_name", "no_such_field" (detail may name the nearest), "no_operator", "bad_pattern", "bad_number",
  // "bad_time", "no_order"; detail is a sentence.
  static parsers::Result<Condition> parse(std::string_view text, parsers::TimePoint now);
  // The same from its parts.
  static parsers::Result<Condition> make(Field field, Operator op, std::string value, parsers::TimePoint now);

  const Field& field() const { return field_; }
  Operator op() const { return operator_; }
  const std::string& value() const { return value_; }
  parsers::TimePoint time() const { return time_; }  // of a value for a Kind::time field

  bool holds(Message& message) const;
  // Nothing when every message has to be parsed.
  std::unique_ptr<Prefilter> prefilter() const;

 private:
  Condition(Field field, Operator op) : field_(field), operator_(op) {}
  parsers::Result<void> read_value(parsers::TimePoint now);
  bool compare(std::string_view value) const;

  Field field_;
  Operator operator_;
  std::string value_;
  parsers::TimePoint time_{};
  double number_ = 0;
  std::int64_t integer_ = 0;
  std::shared_ptr<const RE2> pattern_;
};

}  // namespace query

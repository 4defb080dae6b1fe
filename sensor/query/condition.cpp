#include "sensor/query/condition.h"

#include <fmt/format.h>

#include <charconv>

#include "sensor/config/mistake.h"
#include "sensor/config/values.h"

namespace query {
namespace {

using parsers::Error;

constexpr std::int64_t kPatternMemoryBytes = 64 << 20;

struct Spelling {
  std::string_view text;
  Operator op;
};
constexpr Spelling kSpellings[] = {{"!=", Operator::unequal}, {"!~", Operator::no_match}, {">=", Operator::at_least},
                                   {"<=", Operator::at_most}, {"=", Operator::equal},     {"~", Operator::match}};

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

template <class Number>
bool parse_whole(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string no_such_field(std::string_view name) {
  const std::string_view meant = config::nearest(name, field_names());
  return fmt::format("{} is no column of CommonSecurityLog and no field of an event{}", name,
                     meant.empty() ? std::string() : fmt::format("; did you mean {}?", meant));
}

}  // namespace

parsers::Result<parsers::TimePoint> parse_time(std::string_view text, parsers::TimePoint now) {
  if (text == "now") return now;
  if (const auto age = config::parse_duration(text)) return now - *age;
  for (const char* rest : {"", "Z", "T00:00:00Z"}) {
    if (const auto time = parsers::parse_rfc3339(fmt::format("{}{}", text, rest))) return *time;
  }
  return Error{"bad_time", 0,
               fmt::format("{} is no time: write 2026-11-24T07:31:00Z, 2026-11-24, or an age such as 90m or 2d", text)};
}

parsers::Result<Condition> Condition::parse(std::string_view text, parsers::TimePoint now) {
  std::size_t end = 0;
  while (end < text.size() && is_name(text[end])) ++end;
  const std::string_view name = text.substr(0, end);
  if (name.empty()) return Error{"no_name", 0, "it begins with no name; write Column=value"};
  const auto field = find_field(name);
  if (!field) return Error{"no_such_field", 0, no_such_field(name)};
  for (const Spelling& spelling : kSpellings) {
    if (!text.substr(end).starts_with(spelling.text)) continue;
    return make(*field, spelling.op, std::string(text.substr(end + spelling.text.size())), now);
  }
  return Error{"no_operator", end, fmt::format("after {} one of = != ~ !~ >= <= must follow", name)};
}

parsers::Result<Condition> Condition::make(Field field, Operator op, std::string value, parsers::TimePoint now) {
  Condition condition(field, op);
  condition.value_ = std::move(value);
  if (auto read = condition.read_value(now); !read) return read.error();
  return condition;
}

parsers::Result<void> Condition::read_value(parsers::TimePoint now) {
  const bool wants_order = operator_ == Operator::at_least || operator_ == Operator::at_most;
  if (operator_ == Operator::match || operator_ == Operator::no_match) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemoryBytes);
    pattern_ = std::make_shared<const RE2>(value_, options);
    if (!pattern_->ok()) return Error{"bad_pattern", 0, fmt::format("{}: {}", value_, pattern_->error())};
    return {};
  }
  const bool may_be_empty = !wants_order && value_.empty();
  switch (field_.kind()) {
    case Kind::time: {
      if (may_be_empty) return {};
      const auto time = parse_time(value_, now);
      if (!time) return time.error();
      time_ = *time;
      return {};
    }
    case Kind::integer:
      if (may_be_empty || parse_whole(value_, integer_)) return {};
      return Error{"bad_number", 0, fmt::format("{} holds whole numbers, and {} is none", field_.name(), value_)};
    case Kind::real:
      if (may_be_empty || parse_whole(value_, number_)) return {};
      return Error{"bad_number", 0, fmt::format("{} holds numbers, and {} is none", field_.name(), value_)};
    case Kind::text:
      break;
  }
  if (!wants_order) return {};
  return Error{"no_order", 0, fmt::format("{} holds text; >= and <= compare times and numbers", field_.name())};
}

bool Condition::holds(Message& message) const {
  const bool is_negative = operator_ == Operator::unequal || operator_ == Operator::no_match;
  if (field_.kind() == Kind::time && !pattern_) {
    const auto time = field_.time(message);
    if (!time || value_.empty()) return (!time && value_.empty()) != is_negative;
    if (operator_ == Operator::at_least) return *time >= time_;
    if (operator_ == Operator::at_most) return *time <= time_;
    return (*time == time_) != is_negative;
  }
  for (std::size_t which = 0; which < field_.value_count(); ++which) {
    if (compare(field_.value(message, which))) return !is_negative;
  }
  return is_negative;
}

// As if the operator were not negated.
bool Condition::compare(std::string_view value) const {
  if (pattern_) return RE2::PartialMatch({value.data(), value.size()}, *pattern_);
  if (field_.kind() == Kind::text || value_.empty() || value.empty()) {
    return operator_ != Operator::at_least && operator_ != Operator::at_most && value == value_;
  }
  std::int64_t integer = 0;
  double number = 0;
  const bool is_integer = field_.kind() == Kind::integer;
  if (!(is_integer ? parse_whole(value, integer) : parse_whole(value, number))) return false;
  const bool is_less = is_integer ? integer < integer_ : number < number_;
  const bool is_more = is_integer ? integer > integer_ : number > number_;
  if (operator_ == Operator::at_least) return !is_less;
  if (operator_ == Operator::at_most) return !is_more;
  return !is_less && !is_more;
}

std::unique_ptr<Prefilter> Condition::prefilter() const {
  if (!field_.is_verbatim()) return nullptr;
  if (operator_ == Operator::match) return Prefilter::for_pattern(value_);
  if (operator_ != Operator::equal) return nullptr;
  // A number may be written in more than one way, but its digits stand together in each.
  if (field_.kind() == Kind::integer) return Prefilter::for_text(std::to_string(integer_));
  return field_.kind() == Kind::text ? Prefilter::for_text(value_) : nullptr;
}

}  // namespace query

#include "sensor/exclusions/condition.h"

#include <re2/re2.h>

#include <utility>

#include "parsers/ascii.h"

namespace exclusions {
namespace {

parsers::Error error(const char* code, std::string detail) { return {code, 0, std::move(detail)}; }

}  // namespace

parsers::Result<Condition> Condition::parse(std::string_view value, FieldKind kind) {
  const char sign = value.empty() ? '\0' : value.front();
  const bool signed_value = sign == '=' || sign == '*' || sign == '~';
  const std::string_view rest = signed_value ? value.substr(1) : value;
  if (rest.empty()) return error("empty", "an empty value would mean every row that lacks the field");
  if (sign == '*') return Condition(Suffix{std::string(rest)});
  if (sign == '~') {
    if (rest.size() > kMaxPatternBytes)
      return error("bad_pattern", "the pattern is longer than " + std::to_string(kMaxPatternBytes) + " bytes");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<std::int64_t>(kMaxPatternMemory));
    auto compiled = std::make_shared<const re2::RE2>(re2::StringPiece(rest.data(), rest.size()), options);
    if (!compiled->ok()) return error("bad_pattern", "re2 does not take the pattern: " + compiled->error());
    return Condition(Pattern{std::move(compiled)});
  }
  if (kind == FieldKind::address && sign != '=') {
    if (const auto cidr = parsers::parse_cidr(rest); !cidr) return error("bad_range", cidr.error().detail);
    return Condition(Range{parsers::AddressRanges({std::string(rest)})});
  }
  return Condition(Equal{std::string(rest)});
}

bool Condition::matches(std::string_view field) const {
  if (field.empty()) return false;
  if (const auto* equal = std::get_if<Equal>(&test_)) return parsers::equal_ignoring_case(field, equal->text);
  if (const auto* range = std::get_if<Range>(&test_)) return range->range.contains(field);
  if (const auto* pattern = std::get_if<Pattern>(&test_))
    return re2::RE2::PartialMatch(re2::StringPiece(field.data(), field.size()), *pattern->compiled);
  return parsers::ends_with_ignoring_case(field, std::get<Suffix>(test_).text);
}

}  // namespace exclusions

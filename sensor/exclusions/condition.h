// One value of an exclusion, as its owner writes it, and whether a field's text meets it.
//
//   value    = equal / literal / suffix / pattern / range
//   equal    = text                 ; the whole text, ASCII case ignored
//   literal  = "=" text             ; the same, for a text that begins with one of these signs
//   suffix   = "*" text             ; ends with it, ASCII case ignored: "*.example.com"
//   pattern  = "~" re2              ; found anywhere in the field; "(?i)" ignores case, "^...$" means all of it
//   range    = address [ "/" prefix ]   ; in a field that holds an address
//
// Pattern syntax: github.com/google/re2/wiki/Syntax. Immutable; safe to read from many threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "parsers/cidr.h"
#include "parsers/result.h"

namespace re2 {
class RE2;
}

namespace exclusions {

enum class FieldKind { text, address };

inline constexpr std::size_t kMaxPatternBytes = 1024;
inline constexpr std::size_t kMaxPatternMemory =
    1u << 20;  // of one compiled pattern; re2's own limit holds matching linear

class Condition {
 public:
  // Errors: "empty", "bad_range", "bad_pattern"; the detail is a sentence.
  static parsers::Result<Condition> parse(std::string_view value, FieldKind kind);

  // An empty field meets no condition.
  bool matches(std::string_view field) const;

 private:
  struct Equal {
    std::string text;
  };
  struct Suffix {
    std::string text;
  };
  struct Pattern {
    std::shared_ptr<const re2::RE2> compiled;
  };
  struct Range {
    parsers::AddressRanges range;
  };
  using Test = std::variant<Equal, Suffix, Pattern, Range>;
  explicit Condition(Test test) : test_(std::move(test)) {}

  Test test_;
};

}  // namespace exclusions

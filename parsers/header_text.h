// Text of a CEF header as people paste it into a template.
#pragma once

#include <string_view>

#include "parsers/ascii.h"

namespace parsers {

// Header text as people paste it: case, blanks, control characters in any spelling ("#012", a raw LF) and characters of
// no width do not count. `folded` is lower case without blanks: "paloaltonetworks".
bool folded_equals(std::string_view header, std::string_view folded);
bool folded_begins_with(std::string_view header, std::string_view folded);
// The same for a header field that nearly always is `usual`; one that is another shows it in its first letter.
inline bool header_equals(std::string_view header, std::string_view folded, std::string_view usual = {}) {
  if (header == usual && !usual.empty()) return true;
  if (!header.empty() && is_alpha(header.front()) && to_lower(header.front()) != folded.front()) return false;
  return folded_equals(header, folded);
}
inline bool header_begins_with(std::string_view header, std::string_view folded, std::string_view usual = {}) {
  if (header == usual && !usual.empty()) return true;
  if (!header.empty() && is_alpha(header.front()) && to_lower(header.front()) != folded.front()) return false;
  return folded_begins_with(header, folded);
}

}  // namespace parsers

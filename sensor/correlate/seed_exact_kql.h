// The string predicates of Kusto that the published rule uses, as Kusto defines them.
// Source: learn.microsoft.com/kusto/query: datatypes-string-operators, tolower-function. A term is a run of ASCII
// letters and digits; bytes from 0x80 on count as such.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace correlate::kql {

// `term` occurs in `text`, ASCII case ignored, and where it begins or ends with a letter or digit no further one stands
// beside it there.
bool has(std::string_view text, std::string_view term);
bool has_any(std::string_view text, std::span<const std::string_view> terms);

// `in~`: equal to one of them as a whole, ASCII case ignored; nothing is trimmed.
bool in_ignoring_case(std::string_view text, std::span<const std::string_view> values);

bool starts_with(std::string_view text, std::string_view prefix);  // ASCII case ignored

std::string to_lower(std::string_view text);  // UTF-8: ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic letters

// split(text, separator)[index] as text: "" when there are fewer parts.
std::string_view split(std::string_view text, char separator, std::size_t index);

}  // namespace correlate::kql

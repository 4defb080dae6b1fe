// Frees a URL from what people and loggers put around and into it: blanks, quotes, line breaks, defanging. For
// parsers/url.cpp.
#pragma once

#include <string>
#include <string_view>

namespace parsers {

// Points into `text`, or into `scratch` where something inside had to change.
std::string_view clean_url_text(std::string_view text, std::string& scratch);

constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix);

}  // namespace parsers

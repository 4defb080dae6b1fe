// Frees a URL from what people and loggers put around and into it: blanks, quotes, line breaks, defanging. For
// parsers/url.cpp.
#pragma once

#include <string>
#include <string_view>

namespace parsers {

// Points into `text`, or into `scratch` where something inside had to change.
std::string_view clean_url_text(std::string_view text, std::string& scratch);

}  // namespace parsers

// Foreign text on its way out. Whatever bytes come in, what goes out is valid UTF-8 in which nothing can move a
// terminal's cursor, end a line, or turn the direction of reading.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace findings {

// In quotes, as JSON: bytes that are no UTF-8 become U+FFFD, and what has no glyph of its own (controls, separators,
// direction and format characters) is written as \uXXXX. Of text longer than `limit` bytes the beginning and "…".
void append_json_string(std::string_view text, std::size_t limit, std::string& out);

// The same for a terminal, without quotes, and with backslashes and quotes as they are.
std::string printable(std::string_view text);

}  // namespace findings

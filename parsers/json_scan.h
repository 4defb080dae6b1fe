// Finds where JSON values begin and end without reading them, so that records can be taken out of a text that is cut or
// damaged further on. Knows strings and brackets (RFC 8259 2), nothing else; what it delimits is parsed in earnest
// later.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parsers {

// The first byte at or after `at` that is no JSON white space.
std::size_t skip_json_blanks(std::string_view text, std::size_t at);

// One past the value that begins at `at`; npos when the text ends inside it or none begins there. Linear, no recursion.
std::size_t skip_json_value(std::string_view text, std::size_t at);

// Where reading can begin again after damage at `at`: the next line that begins with '{' or '['; npos when there is
// none.
std::size_t next_json_line(std::string_view text, std::size_t at);

// `text` with invalid UTF-8, escaped lone surrogates and control characters inside strings replaced by U+FFFD.
std::string mend_json_text(std::string_view text);

}  // namespace parsers

// UTF-8, one code point at a time (RFC 3629: no surrogates, no overlong forms, nothing past U+10FFFF).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parsers {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  // bytes; 0 when no valid sequence begins here
};

CodePoint read_utf8(std::string_view text, std::size_t at);

// `value` below 0x110000 and no surrogate.
void append_utf8(char32_t value, std::string& out);

}  // namespace parsers

// Percent-encoding (RFC 3986 2.1), as URLs and the link wrappers need it.
#pragma once

#include <string>
#include <string_view>

namespace parsers {

// 0 to 15, or -1.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that text[i] begins to encode ("%41" is 65), or -1 when no complete triplet stands there.
constexpr int percent_value(std::string_view text, std::size_t i) {
  if (i + 2 >= text.size() || text[i] != '%') return -1;
  const int high = hex_value(text[i + 1]);
  const int low = hex_value(text[i + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

constexpr bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_percent_encoded(unsigned char byte, std::string& out);

// Appends `text` with every triplet decoded; a '%' that begins none stays.
void append_percent_decoded(std::string_view text, std::string& out);

}  // namespace parsers

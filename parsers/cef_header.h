// The header of a CEF message, with the repairs that real devices ask for: a missing severity or name, an empty field
// too many, an unescaped '|' in the name, no pipe at the end.
#pragma once

#include <cstddef>
#include <string_view>

#include "parsers/ascii.h"
#include "parsers/cef.h"
#include "parsers/result.h"

namespace parsers {

// What may stand behind a message and is no part of it.
inline constexpr ByteSet kMessageEnd = ByteSet(std::string_view("\r\n\0", 3));

// Length of "CEF:0|" in its many spellings ("CEF: 0|", "cef:1|") at the start of `text`, or of a bare "0|"; 0 when
// there is none.
std::size_t cef_prefix_length(std::string_view text);
inline constexpr std::string_view kUsualPrefix = "CEF:0|";

// Fills version, the header fields and their flags. Gives the offset of the extension.
Result<std::size_t> read_cef_header(std::string_view text, CefMessage& out);

// Whether `text` begins with a key and '=' (after blanks), as an extension does.
bool begins_with_key(std::string_view text);

constexpr bool is_cef_key_start(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_cef_key_char(char c) {
  return is_cef_key_start(c) || c == '.' || c == '-' || c == '[' || c == ']' || c == ',';
}

}  // namespace parsers

// Undoing the escapes of a CEF value in one pass.
#pragma once

#include <string>
#include <string_view>

#include "parsers/cef_keys.h"

namespace parsers {

// A key of users, hosts, paths or URLs: a line break cannot be meant in the middle of its value, a raw backslash can.
bool is_single_word_key(CefKey key);

enum class LineBreaks { undo, keep_within_words };
std::string_view unescape(std::string_view raw, LineBreaks line_breaks, std::string& scratch);

// Whether a backslash in `raw` escapes nothing that CEF knows.
bool has_unknown_escape(std::string_view raw);

inline constexpr std::size_t kRelayEscapeBytes = 4;
// The control character of a relay's "#011", "#012" or "#015" at `at`, or 0.
char relay_escape(std::string_view raw, std::size_t at);

}  // namespace parsers

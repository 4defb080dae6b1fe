// What every vendor's table asks of CEF fields: the first of several keys that says anything, as a time, a user, an
// address or an action.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "parsers/ascii.h"
#include "parsers/vendors/vendor.h"

namespace parsers::vendors {

// In order of preference.
using Keys = std::initializer_list<CefKey>;

inline constexpr ByteSet kBlankOrControl = ByteSet("\x7f").add_range(0, 0x20);
inline std::string_view trim(std::string_view text) { return kBlankOrControl.trim(text); }
// Trims, and takes off quotes (or \") that stand around it.
std::string_view strip_quotes(std::string_view text);
inline constexpr ByteSet kAroundValues = ByteSet("\"\\\x7f").add_range(0, 0x20);  // what that takes off
inline bool has_bare_ends(std::string_view text) {
  return !text.empty() && !kAroundValues.has(text.front()) && !kAroundValues.has(text.back());
}
// A text with bare ends, or one in a pair of quotes, needs no closer look.
inline std::string_view unquote(std::string_view text) {
  if (has_bare_ends(text)) return text;
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    if (const std::string_view inner = text.substr(1, text.size() - 2); has_bare_ends(inner)) return inner;
  }
  return strip_quotes(text);
}
bool contains_ignoring_case(std::string_view text, std::string_view lower);

// "", "-", "N/A", "NA", "None", "null", and a pair of quotes around any of them.
bool says_nothing(std::string_view text);

// The value of a field, trimmed; "" when it says nothing. Points into the message or into `scratch`.
std::string_view said_by_any(const CefField& field, std::string& scratch);
// What says nothing, and has no blanks or quotes around it, is no longer than this.
inline constexpr std::size_t kLongestNothing = 4;
inline std::string_view said(const CefField& field, std::string& scratch) {
  const std::string_view raw = field.raw;
  const bool is_plain = !field.has_escape && raw.size() > kLongestNothing && has_bare_ends(raw);
  return is_plain ? raw : said_by_any(field, scratch);
}

// The first value that says something; "" when there is none. Points into the message or into `scratch`.
[[gnu::always_inline]] inline std::string_view first_value(const CefMessage& cef, Keys keys, std::string& scratch) {
  for (const CefKey key : keys) {
    const CefField* const field = cef.find(key);
    if (field == nullptr) continue;
    if (const std::string_view value = said(*field, scratch); !value.empty()) return value;
  }
  return {};
}
// Event::time from the device's own time, else from the syslog header, else the time received. `zones` are fields that
// name the device's zone for times without one ("UTC", "+02:00", "-0400").
void fill_time(Work& work, Keys times, Keys zones);

// Event::user, account, user_raw and user_match. All keys mean the same person; one that gives a user principal name
// wins over an earlier one that does not. `placeholder` is a text that is nobody's name in this message (a location).
void fill_user(Work& work, Keys users, Keys domains, std::string_view placeholder = {});

// The addresses; CEF's IPv6 fields c6a2 and c6a3 serve where those keys hold none.
void fill_addresses(Work& work, Keys sources, Keys destinations);

void fill_action(Work& work, Keys actions);

// Whether one of the fields from `begin` to `end` is a text in which a client can make up others.
bool has_client_text(const CefField* begin, const CefField* end);
// Whether such a text stands in front of a field.
bool is_behind_client_text(const CefMessage& cef, const CefField& field);

// `out` = `text` of the message; bytes that are no UTF-8 are read as Latin-1, and Flag::invalid_utf8 is set.
void assign_utf8(Work& work, std::string_view text, std::string& out);

}  // namespace parsers::vendors

#include "parsers/cef_embedded.h"

#include <algorithm>
#include <cstddef>

#include "parsers/cef_doubt.h"
#include "parsers/cef_header.h"
#include "parsers/lanes.h"

namespace parsers {
namespace {

constexpr std::size_t kMaxQuotedFields = 32;  // fields that one quoted value may give birth to

std::size_t opening_length(std::string_view raw) {
  if (raw.starts_with('"')) return 1;
  return raw.starts_with("\\\"") ? 2 : 0;
}

// Whether a quote in `text` from `from` on, behind the one that opens, ends a quoted value: not doubled, and a blank or
// the end after it. Where quotes inside are not doubled, two in a row close a pair and the value.
bool has_closing_quote(std::string_view text, std::size_t from) {
  std::size_t quotes = 1;
  for (std::size_t at = text.find('"', from); at != std::string_view::npos; at = text.find('"', at)) {
    std::size_t end = at;
    while (end < text.size() && text[end] == '"') ++end;
    quotes += end - at;
    const bool is_doubled = (end - at) % 2 == 0 && quotes % 2 != 0;
    if (!is_doubled && (end == text.size() || text[end] == ' ' || text[end] == '\t')) return true;
    at = end;
  }
  return false;
}

// The field with the quote that closes what `first` opens, or 0. A further client-controlled key ends the search
// where the quote need not be the device's: otherwise a lone quote at the start of one client's text and one in the
// next would hide all fields between them.
std::size_t closing_field(const CefFields& fields, std::size_t first, bool is_device_quote) {
  const std::size_t end = std::min(fields.size(), first + 1 + kMaxQuotedFields);
  for (std::size_t i = first + 1; i < end; ++i) {
    if (is_client_controlled(fields[i].id) && !is_device_quote) return 0;
    if (has_closing_quote(fields[i].raw, 0)) return i;
  }
  return 0;
}

char hex_value(std::string_view text, std::size_t at) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
  };
  return static_cast<char>(digit(text[at]) * 16 + digit(text[at + 1]));
}

// Whether the key that ends at `end` is a known one behind a blank, in any encoding of a blank.
bool known_key_behind_blank(std::string_view raw, std::size_t end) {
  std::size_t start = end;
  while (start > 0 && is_cef_key_char(raw[start - 1]) && static_cast<unsigned char>(raw[start - 1]) < 0x80) --start;
  const auto is_known = [&](std::size_t from) {
    return from < end && find_cef_key(raw.substr(from, end - from)) != CefKey::unknown;
  };
  if (start == 0) return false;
  const char before = raw[start - 1];
  if (before == '%') {
    if (end - start < 3) return false;
    const char encoded = hex_value(raw, start);
    return (encoded == ' ' || encoded == '\t' || encoded == '\n' || encoded == '\r') && is_known(start + 2);
  }
  return (before == '+' || before == ' ' || before == '\t' || before == '\n' || before == '"') && is_known(start);
}

}  // namespace

bool has_open_quote(const CefField& field) {
  const std::size_t opening = opening_length(field.raw);
  return opening != 0 && is_client_controlled(field.id) && !has_closing_quote(field.raw, opening);
}

void join_quoted_values(CefFields& fields, const Layout& layout, Flags& flags) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool is_device_quote = layout.quotes_urls && fields[i].id == CefKey::request;
    const std::size_t last = has_open_quote(fields[i]) ? closing_field(fields, i, is_device_quote) : 0;
    fields[kept] = fields[i];
    if (last != 0) {
      CefField& field = fields[kept];
      const char* const end = fields[last].raw.data() + fields[last].raw.size();
      field.raw = std::string_view(field.raw.data(), static_cast<std::size_t>(end - field.raw.data()));
      field.has_escape = field.raw.find('\\') != std::string_view::npos;
      flags.set(Flag::embedded_field);
      flags.set(Flag::unescaped_equals);
      i = last;
    }
    ++kept;
  }
  fields.shrink_to(kept);
}

bool looks_like_embedded_field(std::string_view raw) {
  const auto next = [raw](std::size_t from) {
    return find_lane(raw, from, [](const Lanes& lanes) { return lanes.equal('=') | lanes.equal('%'); });
  };
  for (std::size_t at = next(0); at != std::string_view::npos; at = next(at + 1)) {
    const bool is_equals = raw[at] == '=' || (at + 2 < raw.size() && hex_value(raw, at + 1) == '=');
    if (is_equals && known_key_behind_blank(raw, raw[at] == '=' && at > 0 && raw[at - 1] == '\\' ? at - 1 : at)) {
      return true;
    }
  }
  return false;
}

}  // namespace parsers

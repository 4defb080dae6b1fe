#include "sensor/correlate/seed_exact_kql.h"

#include <algorithm>

#include "parsers/ascii.h"
#include "parsers/code_point.h"

namespace correlate::kql {
namespace {

using parsers::equal_ignoring_case;

bool is_word(char c) {
  const char lower = parsers::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Unicode 15, simple mappings; the ranges that alternate have the upper case on the even or on the odd side.
char32_t lower(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 0x20;
  if (c < 0xc0) return c;
  if (c <= 0xde) return c == 0xd7 ? c : c + 0x20;
  if (c == 0x178) return 0xff;
  const bool even_is_upper = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177) ||
                             (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf);
  if (even_is_upper) return c | 1;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c + (c & 1);
  if (c >= 0x391 && c <= 0x3ab) return c == 0x3a2 ? c : c + 0x20;
  if (c >= 0x400 && c <= 0x40f) return c + 0x50;
  if (c >= 0x410 && c <= 0x42f) return c + 0x20;
  return c;
}

void append_utf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else {  // every letter that `lower` changes, and what it becomes, lies below U+0800
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

}  // namespace

bool has(std::string_view text, std::string_view term) {
  if (term.empty()) return true;
  for (std::size_t at = 0; at + term.size() <= text.size(); ++at) {
    if (!equal_ignoring_case(text.substr(at, term.size()), term)) continue;
    const std::size_t end = at + term.size();
    const bool starts = !is_word(term.front()) || at == 0 || !is_word(text[at - 1]);
    const bool ends = !is_word(term.back()) || end == text.size() || !is_word(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

bool has_any(std::string_view text, std::span<const std::string_view> terms) {
  return std::ranges::any_of(terms, [&](std::string_view term) { return has(text, term); });
}

bool in_ignoring_case(std::string_view text, std::span<const std::string_view> values) {
  return std::ranges::any_of(values, [&](std::string_view value) { return equal_ignoring_case(text, value); });
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const parsers::CodePoint point = parsers::read_utf8(text, at);
    const std::size_t size = std::max<std::size_t>(point.size, 1);
    const char32_t lowered = point.size == 0 ? 0 : lower(point.value);
    if (point.size != 0 && lowered != point.value)
      append_utf8(lowered, out);
    else
      out.append(text.substr(at, size));
    at += size;
  }
  return out;
}

std::string_view split(std::string_view text, char separator, std::size_t index) {
  for (; index > 0; --index) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + 1);
  }
  return text.substr(0, text.find(separator));
}

}  // namespace correlate::kql

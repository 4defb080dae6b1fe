#include "sensor/findings/text.h"

#include <algorithm>
#include <array>

#include "parsers/code_point.h"

namespace findings {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kCut = "\xE2\x80\xA6";          // U+2026

struct Range {
  char32_t first, last;
};
// Unicode 15: Cc, Zl, Zp, and of Cf all that is not seen.
constexpr std::array kHidden = std::to_array<Range>({{0x00, 0x1f},
                                                     {0x7f, 0x9f},
                                                     {0xad, 0xad},
                                                     {0x61c, 0x61c},
                                                     {0x180e, 0x180e},
                                                     {0x200b, 0x200f},
                                                     {0x2028, 0x202e},
                                                     {0x2060, 0x206f},
                                                     {0xfeff, 0xfeff},
                                                     {0xfff9, 0xfffb},
                                                     {0xe0000, 0xe007f}});

bool is_hidden(char32_t value) {
  return std::ranges::any_of(kHidden, [&](const Range& range) { return range.first <= value && value <= range.last; });
}

void append_unit(unsigned unit, std::string& out) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[unit >> shift & 15];
}

void append_escaped(char32_t value, std::string& out) {
  constexpr char32_t kFirstBeyond = 0x10000;
  if (value < kFirstBeyond) return append_unit(value, out);
  append_unit(0xd800 + ((value - kFirstBeyond) >> 10), out);
  append_unit(0xdc00 + ((value - kFirstBeyond) & 0x3ff), out);
}

char short_escape(char32_t value) {
  switch (value) {
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

// Calls `visible` with the bytes of each code point that may be seen, and `hidden` with each that may not.
template <class Visible, class Hidden>
void walk(std::string_view text, Visible visible, Hidden hidden) {
  for (std::size_t at = 0; at < text.size();) {
    const parsers::CodePoint point = parsers::read_utf8(text, at);
    if (point.size == 0)
      visible(kReplacement);
    else if (is_hidden(point.value))
      hidden(point.value);
    else
      visible(text.substr(at, point.size));
    at += std::max<std::size_t>(point.size, 1);
  }
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::string_view cut(std::string_view text, std::size_t limit) {
  constexpr std::size_t kLongestTail = 3;  // continuation bytes of one code point
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && limit - end < kLongestTail && continues(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace

void append_json_string(std::string_view text, std::size_t limit, std::string& out) {
  const std::string_view shown = cut(text, limit);
  out += '"';
  walk(
      shown,
      [&](std::string_view bytes) {
        if (bytes == "\"" || bytes == "\\") out += '\\';
        out += bytes;
      },
      [&](char32_t value) {
        if (const char letter = short_escape(value))
          (out += '\\') += letter;
        else
          append_escaped(value, out);
      });
  if (shown.size() < text.size()) out += kCut;
  out += '"';
}

std::string printable(std::string_view text) {
  std::string out;
  walk(
      text, [&](std::string_view bytes) { out += bytes; },
      [&](char32_t value) {
        if (const char letter = short_escape(value))
          (out += '\\') += letter;
        else
          append_escaped(value, out);
      });
  return out;
}

}  // namespace findings

#include "parsers/header_text.h"

#include <array>

namespace parsers {
namespace {

// No-break space, zero-width space to right-to-left mark, word joiner, byte order mark.
constexpr std::array<std::string_view, 8> kInvisible = {"\u00A0", "\u200B", "\u200C", "\u200D",
                                                        "\u200E", "\u200F", "\u2060", "\uFEFF"};

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// A byte that may begin something that does not count: blanks and controls, rsyslog's '#', and UTF-8.
constexpr ByteSet kMayBeInvisible = ByteSet("#").add_range(0, 0x20).add_range(0x80, 0xff);

// How many bytes at the front of `text` do not count; 0 when the first one does.
std::size_t invisible_prefix(std::string_view text) {
  if (!kMayBeInvisible.has(text.front())) return 0;
  if (static_cast<unsigned char>(text.front()) <= 0x20) return 1;
  // rsyslog writes a control character as '#' and three octal digits.
  if (text.size() >= 4 && text[0] == '#' && text[1] == '0' && is_octal(text[2]) && is_octal(text[3])) return 4;
  for (const std::string_view character : kInvisible) {
    if (text.starts_with(character)) return character.size();
  }
  return 0;
}

// What is left of `header` behind `folded`, or nothing when it begins otherwise.
bool strip_folded(std::string_view& header, std::string_view folded) {
  std::size_t at = 0, matched = 0;
  while (at < header.size()) {
    if (matched < folded.size() && to_lower(header[at]) == folded[matched]) {
      ++at;
      ++matched;
      continue;
    }
    const std::size_t skip = invisible_prefix(header.substr(at));
    if (skip == 0) break;
    at += skip;
  }
  header.remove_prefix(at);
  return matched == folded.size();
}

}  // namespace

bool folded_equals(std::string_view header, std::string_view folded) {
  return strip_folded(header, folded) && header.empty();
}

bool folded_begins_with(std::string_view header, std::string_view folded) { return strip_folded(header, folded); }

}  // namespace parsers

#include "parsers/json_scan.h"

#include <algorithm>

#include "parsers/ascii.h"
#include "parsers/code_point.h"
#include "parsers/percent.h"

namespace parsers {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr ByteSet kEndsText = ByteSet("\"\\");
constexpr ByteSet kEndsBlock = ByteSet("\"{}[]");

std::size_t skip_string(std::string_view text, std::size_t at) {
  while ((at = kEndsText.find_in(text, at + 1)) != text.npos) {
    if (text[at] == '"') return at + 1;
    ++at;
  }
  return text.npos;
}

std::size_t skip_brackets(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while ((at = kEndsBlock.find_in(text, at)) != text.npos) {
    if (text[at] == '"') {
      at = skip_string(text, at);
      if (at == text.npos) return at;
      continue;
    }
    const bool opens = text[at] == '{' || text[at] == '[';
    depth += opens ? 1 : -1;
    ++at;
    if (depth == 0) return at;
  }
  return text.npos;
}

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The number that "\uXXXX" at `at` names, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// How many bytes of the escape at `at` are copied; 0 when it is half of a surrogate pair and alone.
std::size_t sound_escape(std::string_view text, std::size_t at) {
  const int unit = escaped_unit(text, at);
  if (unit < 0) return std::min<std::size_t>(2, text.size() - at);
  if (unit < 0xd800 || unit > 0xdfff) return 6;
  const int next = unit < 0xdc00 ? escaped_unit(text, at + 6) : -1;
  return next >= 0xdc00 && next <= 0xdfff ? 12 : 0;
}

}  // namespace

std::size_t skip_json_blanks(std::string_view text, std::size_t at) {
  at = text.find_first_not_of(kBlanks, at);
  return at == text.npos ? text.size() : at;
}

std::size_t skip_json_value(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.npos;
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] == '{' || text[at] == '[') return skip_brackets(text, at);
  const std::size_t end = text.find_first_of(" \t\r\n,:]}", at);
  return end == at ? text.npos : end;
}

std::size_t next_json_line(std::string_view text, std::size_t at) {
  while ((at = text.find('\n', at)) != text.npos) {
    ++at;
    if (at < text.size() && (text[at] == '{' || text[at] == '[')) return at;
  }
  return text.npos;
}

std::string mend_json_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t bad_size = 1;
    std::size_t good_size = 0;
    if (in_string && text[at] == '\\') {
      good_size = sound_escape(text, at);
      bad_size = 6;
    } else if (!in_string || static_cast<unsigned char>(text[at]) >= 0x20) {
      if (text[at] == '"') in_string = !in_string;
      good_size = read_utf8(text, at).size;
    }
    out += good_size > 0 ? text.substr(at, good_size) : kReplacement;
    at += good_size > 0 ? good_size : bad_size;
  }
  return out;
}

}  // namespace parsers

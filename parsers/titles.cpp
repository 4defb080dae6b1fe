#include <algorithm>
#include <array>
#include <iterator>

#include "parsers/code_point.h"
#include "parsers/graph.h"

namespace parsers {
namespace {

constexpr const char* kTitles[] = {
    // The published rule's Alert_List; its first and fourth are titles of Sentinel rules, not of Defender.
    "Phishing link click observed in Network Traffic",
    "Phish delivered due to an IP allow policy",
    "A potentially malicious URL click was detected",
    "High Risk Sign-in Observed in Network Traffic",
    "A user clicked through to a potentially malicious URL",
    "Suspicious network connection to AitM phishing site",
    "Messages containing malicious entity not removed after delivery",
    "Email messages containing malicious URL removed after delivery",
    "Email reported by user as malware or phish",
    "Phish delivered due to an ETR override",
    "Phish not zapped because ZAP is disabled",
    // Defender's default policies that the rule omits.
    "Email messages removed after delivery",
    "Email messages from a campaign removed after delivery",
    "Phish delivered due to tenant or user override",
    // Superseded spellings that tenants still send.
    "Email messages containing phish URLs removed after delivery",
    // Defender XDR's adversary-in-the-middle alerts.
    "Stolen session cookie was used",
    "Authentication request from AiTM-related phishing page",
};

struct Range {
  char32_t first, last;
};

// Unicode's format characters and other signs without a glyph (general category Cf, variation selectors, fillers).
constexpr Range kInvisible[] = {
    {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0xe0000, 0xe01ef},
};
constexpr Range kBlanks[] = {
    {0x0, 0x20},      {0x7f, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
    {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

template <std::size_t size>
bool contains(const Range (&ranges)[size], char32_t value) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [value](const Range& range) { return value >= range.first && value <= range.last; });
}

char32_t fold(char32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7)) return c + 0x20;
  if (c == 0x178) return 0xff;
  const bool odd_is_lower = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177);
  const bool even_is_lower = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (odd_is_lower) return c | 1;
  if (even_is_lower) return c + (c & 1);
  return c;
}

}  // namespace

std::string title_key(std::string_view title) {
  std::string key;
  bool blank_due = false;
  for (std::size_t at = 0; at < title.size();) {
    const CodePoint point = read_utf8(title, at);
    const std::string_view bytes = title.substr(at, std::max<std::size_t>(point.size, 1));
    at += bytes.size();
    const bool valid = point.size > 0;
    if (valid && contains(kInvisible, point.value)) continue;
    if (valid && contains(kBlanks, point.value)) {
      blank_due = !key.empty();
      continue;
    }
    if (blank_due) key += ' ';
    blank_due = false;
    if (valid) {
      append_utf8(fold(point.value), key);
    } else {
      key += bytes;
    }
  }
  return key;
}

const std::vector<std::string>& shipped_titles() {
  static const std::vector<std::string> titles(std::begin(kTitles), std::end(kTitles));
  return titles;
}

}  // namespace parsers

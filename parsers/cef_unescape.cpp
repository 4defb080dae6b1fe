#include "parsers/cef_unescape.h"

#include "parsers/ascii.h"
#include "parsers/cef.h"
#include "parsers/lanes.h"

namespace parsers {
namespace {

// The next backslash or '#', or npos.
std::size_t next_special(std::string_view raw, std::size_t from) {
  return find_lane(raw, from, [](const Lanes& lanes) { return lanes.equal('\\') | lanes.equal('#'); });
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// "CORP\nina" and "C:\new" hold no line break: it would have a blank or an end beside it, or the other half of "\r\n".
// `end` is that of the escaped breaks that follow one another there.
bool is_within_word(std::string_view raw, std::size_t backslash, std::size_t end) {
  return backslash > 0 && end < raw.size() && !is_blank(raw[backslash - 1]) && !is_blank(raw[end]);
}

std::size_t end_of_breaks(std::string_view raw, std::size_t at) {
  while (raw.substr(at).starts_with("\\n") || raw.substr(at).starts_with("\\r")) at += 2;
  return at;
}

// What "\c" stands for; 0 when it stands for nothing.
char escaped(char c, bool quotes) {
  switch (c) {
    case '=':
    case '\\':
      return c;
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case '"':
      return quotes ? c : '\0';
    default:
      return '\0';
  }
}

}  // namespace

bool is_single_word_key(CefKey key) {
  switch (key) {
    case CefKey::suser:
    case CefKey::duser:
    case CefKey::suser0:
    case CefKey::duser0:
    case CefKey::suid:
    case CefKey::duid:
    case CefKey::sntdom:
    case CefKey::dntdom:
    case CefKey::shost:
    case CefKey::dhost:
    case CefKey::fname:
    case CefKey::filePath:
    case CefKey::oldFileName:
    case CefKey::oldFilePath:
    case CefKey::sproc:
    case CefKey::dproc:
    case CefKey::deviceProcessName:
    case CefKey::FTNTFGTuser:
    case CefKey::FTNTFGTunauthuser:
    case CefKey::FTNTFGTduser:
    case CefKey::FortinetFortiGateuser:
    case CefKey::FortinetFortiGateunauthuser:
    case CefKey::PanOSSourceUserName:
    case CefKey::src_user_name:
    case CefKey::request:
    case CefKey::requestContext:
    case CefKey::resource:
    case CefKey::url:
    case CefKey::eurlpath:
    case CefKey::refererpath:
    case CefKey::PanOSURL:
    case CefKey::PanOSReferer:
    case CefKey::PanOSHTTPRefererURLPath:
    case CefKey::FTNTFGTurl:
    case CefKey::FTNTFGTreferralurl:
    case CefKey::FortinetFortiGateurl:
      return true;
    default:
      return false;
  }
}

char relay_escape(std::string_view raw, std::size_t at) {
  if (at + kRelayEscapeBytes > raw.size() || raw[at] != '#' || raw[at + 1] != '0' || raw[at + 2] != '1') return '\0';
  if (raw[at + 3] == '1') return '\t';
  if (raw[at + 3] == '2') return '\n';
  return raw[at + 3] == '5' ? '\r' : '\0';
}

bool has_unknown_escape(std::string_view raw) {
  const bool quotes = raw.starts_with("\\\"");
  for (std::size_t at = raw.find('\\'); at != std::string_view::npos; at = raw.find('\\', at + 2)) {
    if (at + 1 >= raw.size() || escaped(raw[at + 1], quotes) == '\0') return true;
  }
  return false;
}

std::string_view unescape(std::string_view raw, LineBreaks line_breaks, std::string& scratch) {
  std::size_t at = next_special(raw, 0);
  if (at == std::string_view::npos) return raw;
  const bool quotes = raw.starts_with("\\\"");
  // A '#' of a URL or a path is no relay's escape.
  bool is_in_path = false;
  std::size_t looked_at = 0, copied = 0, breaks_end = 0;
  scratch.clear();
  while (at != std::string_view::npos) {
    char meant = '\0';
    std::size_t length = 1;
    if (raw[at] == '\\') {
      if (at + 1 < raw.size()) meant = escaped(raw[at + 1], quotes);
      const bool is_break = meant == '\n' || meant == '\r';
      if (is_break && line_breaks == LineBreaks::keep_within_words) {
        if (breaks_end <= at) breaks_end = end_of_breaks(raw, at);
        if (is_within_word(raw, at, breaks_end)) meant = '\0';
      }
      if (meant != '\0') length = 2;
    } else {
      for (; looked_at < at; ++looked_at) {
        is_in_path = !is_blank(raw[looked_at]) && (is_in_path || raw[looked_at] == '/');
      }
      if (!is_in_path) meant = relay_escape(raw, at);
      if (meant != '\0') length = kRelayEscapeBytes;
    }
    if (meant != '\0') {
      scratch.append(raw, copied, at - copied);
      scratch.push_back(meant);
      copied = at + length;
    }
    at = next_special(raw, at + length);
  }
  scratch.append(raw, copied, raw.size() - copied);
  return scratch;
}

std::string_view unescape_value(std::string_view raw, std::string& scratch) {
  return unescape(raw, LineBreaks::undo, scratch);
}

std::string_view unescape_header(std::string_view raw, std::string& scratch) {
  std::size_t at = next_special(raw, 0);
  if (at == std::string_view::npos) return raw;
  scratch.assign(raw.substr(0, at));
  for (; at < raw.size(); ++at) {
    if (raw[at] == '\\' && at + 1 < raw.size() && (raw[at + 1] == '|' || raw[at + 1] == '\\')) {
      scratch.push_back(raw[++at]);
    } else if (relay_escape(raw, at) != '\0') {
      scratch.push_back(' ');
      at += 3;
    } else {
      scratch.push_back(raw[at]);
    }
  }
  return scratch;
}

}  // namespace parsers

#include "parsers/url_plain.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "parsers/ascii.h"

namespace parsers {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kMaxNameBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxAdded = 16;  // what the canonical form may be longer by: "https://", "/"
constexpr std::size_t kMaxPortDigits = 5;

constexpr ByteSet kLabelBytes = ByteSet("-_").add_range('a', 'z').add_range('0', '9');
constexpr ByteSet kQueryBytes = ByteSet("-._~!$&)*+,;=:@/?").add_range('a', 'z').add_range('A', 'Z').add_range('0', '9');
// Without the two that ask for a look at their neighbours.
constexpr ByteSet kPathBytes = ByteSet("-_~!$&)*+,;=:@/").add_range('a', 'z').add_range('A', 'Z').add_range('0', '9');

Scheme take_scheme(std::string_view& text) {
  if (!text.starts_with("http")) return Scheme::none;
  const bool is_https = text.size() > 4 && text[4] == 's';
  const std::string_view rest = text.substr(is_https ? 5 : 4);
  if (!rest.starts_with("://")) return Scheme::none;
  text = rest.substr(3);
  return is_https ? Scheme::https : Scheme::http;
}

// The length of the name at the start of `text`; 0 when there is none, or one that may be something else.
std::size_t plain_name(std::string_view text, bool needs_dot) {
  std::size_t label = 0, at = 0;
  for (;; ++at) {
    const bool is_end = at == text.size() || !kLabelBytes.has(text[at]);
    if (!is_end) continue;
    if (at == label || at - label > kMaxLabelBytes) return 0;
    if (at == text.size() || text[at] != '.') break;
    label = at + 1;
  }
  const char first = text[label];
  const bool may_be_a_number = first < 'a' || first > 'z';
  return may_be_a_number || at > kMaxNameBytes || (needs_dot && label == 0) ? 0 : at;
}

bool take_port(std::string_view& text, std::uint16_t& port) {
  port = 0;
  if (!text.starts_with(':')) return true;
  std::size_t end = 1;
  std::uint32_t value = 0;
  while (end < text.size() && end <= kMaxPortDigits && is_digit(text[end])) {
    value = value * 10 + static_cast<std::uint32_t>(text[end++] - '0');
  }
  if (end == 1 || value > std::numeric_limits<std::uint16_t>::max()) return false;
  port = static_cast<std::uint16_t>(value);
  text.remove_prefix(end);
  return true;
}

// The length of the path at the start of `text`: to its end or to a '?'. kNone when a byte or a segment is not plain.
std::size_t plain_path(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (kPathBytes.has(text[at])) continue;
    if (text[at] == '?') return at;
    if (text[at] != '.' || text[at - 1] == '/') return kNone;
  }
  return text.size();
}

}  // namespace

bool read_plain_url(std::string_view text, std::string_view default_scheme, Url& out) {
  if (text.size() > kMaxUrlBytes - kMaxAdded) return false;
  const Scheme scheme = take_scheme(text);
  const bool is_bare = scheme == Scheme::none;
  // "hxxp" at the start of a text is a defanged scheme.
  if (is_bare && (default_scheme.empty() || text.starts_with("hxxp"))) return false;
  const std::size_t name = plain_name(text, is_bare);
  if (name == 0) return false;
  std::string_view rest = text.substr(name);
  if (!take_port(rest, out.port)) return false;
  if (!rest.empty() && rest.front() != '/' && rest.front() != '?') return false;
  const std::size_t path = plain_path(rest);
  if (path == kNone || kQueryBytes.find_not_in(rest, path) != ByteSet::kNone) return false;

  out.host.assign(text, 0, name);
  if (path == 0) {
    out.path.assign(1, '/');
  } else {
    out.path.assign(rest, 0, path);
  }
  out.query.assign(rest.substr(std::min(path + 1, rest.size())));
  settle_scheme(scheme, default_scheme, out);
  return true;
}

}  // namespace parsers

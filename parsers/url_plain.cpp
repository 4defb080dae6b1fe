#include "parsers/url_plain.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "parsers/ascii.h"
#include "parsers/lanes.h"

namespace parsers {
namespace {

constexpr std::size_t kMaxNameBytes = 62;  // no label of it is too long; a longer name is read the long way
constexpr std::size_t kMaxAdded = 16;      // what the canonical form may be longer by: "https://", "/"
constexpr std::size_t kMaxPortDigits = 5;

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
  std::uint64_t names = 0, dots = 0;
  for (std::size_t at = 0; at < std::min(text.size(), kMaxNameBytes); at += Lanes::kBytes) {
    const SomeLanes some = lanes_at(text, at);
    const Lanes& lanes = some.lanes;
    const LaneSet found_dots = lanes.equal('.');
    const unsigned found =
        some.own(lanes.within('a', 'z') | lanes.within('0', '9') | lanes.equal('-') | lanes.equal('_') | found_dots);
    names |= std::uint64_t{found} << at;
    dots |= std::uint64_t{some.own(found_dots)} << at;
    if (found != 0xffff) break;
  }
  const auto size = static_cast<std::size_t>(std::countr_one(names));
  if (size == 0 || size > kMaxNameBytes) return 0;
  dots &= (std::uint64_t{1} << size) - 1;
  const std::uint64_t ends = dots | std::uint64_t{1} << size, starts = dots << 1 | 1;
  if ((ends & starts) != 0 || (needs_dot && dots == 0)) return 0;  // a label is empty
  const char first = text[static_cast<std::size_t>(std::bit_width(dots))];
  const bool may_be_a_number = first < 'a' || first > 'z';
  return may_be_a_number ? 0 : size;
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

// Whether a path with its query is what stands in canonical text as it is; `path` becomes the length of the path, up to
// the end or to a '?'.
bool is_plain_tail(std::string_view text, std::size_t& path) {
  path = text.size();
  unsigned behind_slash = 0;
  for (std::size_t at = 0; at < text.size(); at += Lanes::kBytes) {
    const SomeLanes some = lanes_at(text, at);
    const Lanes& lanes = some.lanes;
    const LaneSet plain = lanes.within(')', ';') | lanes.within('?', 'Z') | lanes.within('a', 'z') | lanes.equal('=') |
                          lanes.equal('_') | lanes.equal('~') | lanes.equal('!') | lanes.equal('$') | lanes.equal('&');
    const unsigned slashes = some.own(lanes.equal('/')), questions = some.own(lanes.equal('?'));
    // A segment that begins with a dot may be one that is removed.
    if (some.others(plain) != 0 || (some.own(lanes.equal('.')) & (slashes << 1 | behind_slash)) != 0) return false;
    if (questions != 0) path = std::min(path, at + static_cast<std::size_t>(std::countr_zero(questions)));
    behind_slash = slashes >> (Lanes::kBytes - 1);
  }
  return true;
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
  std::size_t path = 0;
  if (!is_plain_tail(rest, path)) return false;

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

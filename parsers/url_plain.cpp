#include "parsers/url_plain.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "parsers/ascii.h"
#include "parsers/url_bits.h"

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

// The length of the name at the start of a text; 0 when there is none, or one that may be something else.
std::size_t plain_name(std::string_view text, const UrlBits& bits, bool needs_dot) {
  const auto size = static_cast<std::size_t>(std::countr_one(bits.name));
  if (size == 0 || size > kMaxNameBytes) return 0;
  const std::uint64_t dots = bits.dots & ((std::uint64_t{1} << size) - 1);
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

// Whether the path with its query, from text[from] on, is what stands in canonical text as it is; `bits` are those of
// the front of the text, and `from` is among them. `path_end` becomes the end of the path: that of the text, or a '?'.
bool is_plain_tail(std::string_view text, std::size_t from, UrlBits bits, std::size_t& path_end) {
  path_end = text.size();
  std::uint64_t own = ~std::uint64_t{0} << from, behind_slash = 0;
  for (std::size_t at = 0;;) {
    const std::size_t left = text.size() - at;
    if (left < UrlBits::kBytes) own &= (std::uint64_t{1} << left) - 1;
    // A segment that begins with a dot may be one that is removed.
    const std::uint64_t slashes = bits.slashes & own, questions = bits.questions & own;
    if ((~bits.plain & own) != 0 || (bits.dots & own & (slashes << 1 | behind_slash)) != 0) return false;
    if (questions != 0) path_end = std::min(path_end, at + static_cast<std::size_t>(std::countr_zero(questions)));
    at += UrlBits::kBytes;
    if (at >= text.size()) return true;
    behind_slash = slashes >> (UrlBits::kBytes - 1);
    own = ~std::uint64_t{0};
    bits = url_bits(text.substr(at));
  }
}

}  // namespace

bool read_plain_url(std::string_view text, std::string_view default_scheme, Url& out) {
  if (text.size() > kMaxUrlBytes - kMaxAdded) return false;
  const Scheme scheme = take_scheme(text);
  const bool is_bare = scheme == Scheme::none;
  // "hxxp" at the start of a text is a defanged scheme.
  if (is_bare && (default_scheme.empty() || text.starts_with("hxxp"))) return false;
  const UrlBits bits = url_bits(text);
  const std::size_t name = plain_name(text, bits, is_bare);
  if (name == 0) return false;
  std::string_view rest = text.substr(name);
  if (!take_port(rest, out.port)) return false;
  if (!rest.empty() && rest.front() != '/' && rest.front() != '?') return false;
  const std::size_t from = text.size() - rest.size();
  std::size_t path_end = 0;
  if (from >= UrlBits::kBytes || !is_plain_tail(text, from, bits, path_end)) return false;

  out.host.assign(text, 0, name);
  if (path_end == from) {
    out.path.assign(1, '/');
  } else {
    out.path.assign(text, from, path_end - from);
  }
  out.query.assign(text.substr(std::min(path_end + 1, text.size())));
  settle_scheme(scheme, default_scheme, out);
  return true;
}

}  // namespace parsers

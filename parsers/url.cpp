#include "parsers/url.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "parsers/ascii.h"
#include "parsers/percent.h"
#include "parsers/url_host.h"
#include "parsers/url_plain.h"
#include "parsers/url_text.h"

namespace parsers {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

// What stands in a canonical path or query as it is: unreserved and what RFC 3986 3.3 and 3.4 allow besides, without
// the apostrophe, which browsers encode in a query and not in a path.
constexpr ByteSet kPlain = ByteSet("-._~!$&()*+,;=:@/?").add_range('a', 'z').add_range('A', 'Z').add_range('0', '9');
constexpr ByteSet kSlashes = ByteSet("/\\");
constexpr ByteSet kDotOrColon = ByteSet(".:");

void append_normalised(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(kPlain.find_not_in(text, i), text.size());
    out.append(text, i, end - i);
    i = end;
    if (i == text.size()) return;
    const int value = percent_value(text, i);
    if (value < 0) {
      append_percent_encoded(static_cast<unsigned char>(text[i]), out);
      ++i;
      continue;
    }
    const auto byte = static_cast<unsigned char>(value);
    if (is_unreserved(byte)) {
      out += static_cast<char>(byte);
    } else {
      append_percent_encoded(byte, out);
    }
    i += 3;
  }
}

// In place; `path` begins with "/" (RFC 3986 5.2.4).
void remove_dot_segments(std::string& path) {
  if (path.find("/.") == path.npos) return;
  std::size_t written = 0;
  for (std::size_t i = 0; i < path.size();) {
    const std::size_t end = std::min(path.find('/', i + 1), path.size());
    const std::string_view segment = std::string_view(path).substr(i + 1, end - i - 1);
    const bool dots = segment == "." || segment == "..";
    if (segment == ".." && written > 0) written = path.rfind('/', written - 1);
    if (dots && end == path.size()) path[written++] = '/';
    if (!dots) {
      std::copy(path.begin() + i, path.begin() + end, path.begin() + written);
      written += end - i;
    }
    i = end;
  }
  path.resize(written);
}

struct Parts {
  std::string_view authority, path, query;
};

Parts split(std::string_view text) {
  Parts parts;
  text = text.substr(0, text.find('#'));
  const std::size_t question = text.find('?');
  if (question != text.npos) parts.query = text.substr(question + 1);
  text = text.substr(0, question);
  const std::size_t slash = kSlashes.find_in(text);
  parts.authority = text.substr(0, slash);
  if (slash != text.npos) parts.path = text.substr(slash);
  return parts;
}

// "host:443" is no scheme: what follows the colon of one does not begin with a digit, save after "http:" itself.
Scheme take_scheme(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && (is_alpha(text[end]) || (end > 0 && (is_digit(text[end]) || text[end] == '+' ||
                                                                   text[end] == '-' || text[end] == '.')))) {
    ++end;
  }
  if (end == 0 || end == text.size() || text[end] != ':') return Scheme::none;
  const std::string_view rest = text.substr(end + 1);
  const bool slashes = rest.starts_with("/") || rest.starts_with("\\");
  const std::string_view name = text.substr(0, end);
  const bool http = equal_ignoring_case(name, "http");
  const bool https = equal_ignoring_case(name, "https");
  if (http || https) {
    const std::size_t start = rest.find_first_not_of("/\\");
    text = start == rest.npos ? std::string_view() : rest.substr(start);
    return http ? Scheme::http : Scheme::https;
  }
  if (rest.starts_with("//")) return Scheme::other;
  const bool port_follows =
      rest.empty() || is_digit(rest.front()) || slashes || rest.front() == '?' || rest.front() == '#';
  return port_follows || is_ipv6(split(text).authority) ? Scheme::none : Scheme::other;
}

// Splits "host[:port]"; false when what follows the colon is no port.
bool take_port(std::string_view& authority, std::uint16_t& port) {
  port = 0;
  const std::size_t first_colon = authority.find(':');
  if (first_colon == authority.npos) return true;
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = bracket == authority.npos ? first_colon : authority.find(':', bracket);
  if (colon == authority.npos) return true;
  const std::string_view digits = authority.substr(colon + 1);
  authority = authority.substr(0, colon);
  if (digits.empty()) return true;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc() && end == digits.data() + digits.size();
}

Error fail(const char* code, Url& out, std::string detail = {}) {
  out.clear();
  return {code, 0, std::move(detail)};
}

void assign_path(std::string_view path, std::string& out) {
  out.clear();
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t backslash = rest.find('\\');
    append_normalised(rest.substr(0, backslash), out);
    if (backslash == rest.npos) break;
    out += '/';
    rest.remove_prefix(backslash + 1);
  }
  if (out.empty()) out = '/';
  remove_dot_segments(out);
}

std::size_t canonical_size(const Url& url) {
  const std::size_t port = url.port == 0 ? 0 : 1 + std::to_string(url.port).size();
  const std::size_t query = url.query.empty() ? 0 : 1 + url.query.size();
  return url.scheme.size() + 3 + url.host.size() + port + url.path.size() + query;
}

}  // namespace

void settle_scheme(Scheme scheme, std::string_view default_scheme, Url& out) {
  out.scheme_inferred = scheme == Scheme::none;
  if (out.scheme_inferred) {
    scheme = default_scheme == "http" ? Scheme::http : Scheme::https;
    if (out.port == kHttpPort) scheme = Scheme::http;
    if (out.port == kHttpsPort) scheme = Scheme::https;
  }
  out.scheme = scheme == Scheme::http ? "http" : "https";
  if (out.port == (scheme == Scheme::http ? kHttpPort : kHttpsPort)) out.port = 0;
}

void Url::clear() {
  scheme.clear();
  host.clear();
  port = 0;
  path.clear();
  query.clear();
  scheme_inferred = false;
}

std::string Url::canonical() const {
  std::string text;
  text.reserve(canonical_size(*this));
  text.append(scheme).append("://").append(host);
  if (port != 0) text.append(":").append(std::to_string(port));
  text.append(path);
  if (!query.empty()) text.append("?").append(query);
  return text;
}

const char* to_string(UrlMatch match) {
  constexpr std::array<const char*, 6> kNames = {"exact", "no-query", "path-prefix", "host", "domain", "none"};
  return kNames[static_cast<std::size_t>(match)];
}

Result<void> parse_any_url(std::string_view text, std::string_view default_scheme, Url& out) {
  std::string scratch;
  if (text.size() > kMaxUrlBytes) return fail("too_long", out);
  text = clean_url_text(text, scratch);
  if (text.empty()) return fail("empty", out);

  const Scheme scheme = take_scheme(text);
  if (scheme == Scheme::other) return fail("other_scheme", out);
  const bool bare = scheme == Scheme::none;
  if (bare && text.starts_with("//")) text.remove_prefix(2);
  Parts parts = split(text);
  const std::size_t at = parts.authority.find('@') == text.npos ? text.npos : parts.authority.rfind('@');
  if (bare && (default_scheme.empty() || at != parts.authority.npos || !kDotOrColon.is_in(parts.authority))) {
    return fail("not_a_url", out);
  }
  if (at != parts.authority.npos) parts.authority.remove_prefix(at + 1);

  // "host:port" has one colon, an IPv6 address two at the least.
  const std::size_t colon = parts.authority.find(':');
  const bool naked_ipv6 =
      colon != parts.authority.npos && parts.authority.rfind(':') != colon && is_ipv6(parts.authority);
  out.port = 0;
  if (!naked_ipv6 && !take_port(parts.authority, out.port)) return fail("bad_host", out);
  const bool host_ok = naked_ipv6 ? canonical_host("[" + std::string(parts.authority) + "]", out.host)
                                  : canonical_host(parts.authority, out.host);
  if (!host_ok) return fail("bad_host", out);
  settle_scheme(scheme, default_scheme, out);

  assign_path(parts.path, out.path);
  out.query.clear();
  append_normalised(parts.query, out.query);
  if (canonical_size(out) > kMaxUrlBytes) return fail("too_long", out);
  return {};
}

Result<void> parse_url(std::string_view text, std::string_view default_scheme, Url& out) {
  if (read_plain_url(text, default_scheme, out)) return {};
  return parse_any_url(text, default_scheme, out);
}

}  // namespace parsers

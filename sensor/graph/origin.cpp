#include "sensor/graph/origin.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "parsers/ascii.h"

namespace graph {
namespace {

constexpr std::size_t kMaxLinkBytes = 16 * 1024;
constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

parsers::Error bad_url(std::string_view url, const char* why) {
  return {"bad_url", 0, "'" + printable(url) + "' " + why};
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool parse_host(std::string_view& rest, std::string& host) {
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return false;
    host = parsers::lower_text(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
    return is_address(host);
  }
  const auto end =
      std::find_if_not(rest.begin(), rest.end(), [](char c) { return parsers::is_alnum(c) || c == '.' || c == '-'; });
  host = parsers::lower_text(std::string_view(rest.begin(), end));
  rest.remove_prefix(host.size());
  return !host.empty();
}

// Takes scheme, host and port off `rest`; what follows begins with '/', '?' or '#', or is empty.
parsers::Result<Origin> take_origin(std::string_view& rest) {
  const std::string_view url = rest;
  Origin origin;
  const std::string scheme = parsers::lower_text(rest.substr(0, 8));
  if (scheme == "https://") {
    rest.remove_prefix(8);
  } else if (scheme.starts_with("http://")) {
    origin = {false, "", 80};
    rest.remove_prefix(7);
  } else {
    return bad_url(url, "begins with neither https:// nor http://.");
  }
  if (!parse_host(rest, origin.host)) return bad_url(url, "names no host.");
  if (rest.starts_with(':')) {
    const std::string_view port = rest.substr(1, rest.find_first_of("/?#") - 1);
    if (!parse_port(port, origin.port)) return bad_url(url, "has no port between 1 and 65535 after the colon.");
    rest.remove_prefix(port.size() + 1);
  }
  if (!rest.empty() && rest.find_first_of("/?#") != 0) return bad_url(url, "has more than a host and a port.");
  return origin;
}

}  // namespace

std::string Origin::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string Origin::text() const { return (tls ? "https://" : "http://") + authority(); }

parsers::Result<Origin> parse_origin(std::string_view url) {
  std::string_view rest = url;
  auto origin = take_origin(rest);
  if (!origin) return origin;
  if (!rest.empty() && rest != "/") return bad_url(url, "must end after the host and port.");
  if (!origin->tls && !is_loopback(origin->host)) {
    return parsers::Error{
        "plain_http", 0,
        "'" + printable(url) + "' is plain http, which is accepted for loopback addresses alone: use https."};
  }
  return origin;
}

parsers::Result<std::string> target_of_link(const Origin& origin, std::string_view link) {
  const auto refuse = [&](const char* why) {
    return parsers::Error{"foreign_link", 0,
                          "the next page's link '" + printable(link, 200) + "' " + why +
                              "; it was not followed, so that " + "the token stays with " + origin.text() + "."};
  };
  if (link.size() > kMaxLinkBytes) return refuse("is longer than 16 KiB");
  if (std::any_of(link.begin(), link.end(), is_control)) return refuse("holds control characters");
  std::string_view rest = link;
  const auto linked = take_origin(rest);
  if (!linked) return refuse("can't be read");
  if (*linked != origin) return refuse("leads to another host");
  rest = rest.substr(0, rest.find('#'));
  std::string target = rest.starts_with('/') ? "" : "/";
  for (const char c : rest) {
    const bool fits =
        static_cast<unsigned char>(c) < 0x80 && std::string_view(" \"<>\\^`{|}").find(c) == std::string_view::npos;
    if (fits) {
      target += c;
    } else {
      append_escaped(target, c);
    }
  }
  return target;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    if (parsers::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

bool is_address(std::string_view host) {
  const std::string text(host);
  in6_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1 || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_loopback(std::string_view host) {
  if (parsers::lower_text(host) == "localhost") return true;
  const std::string text(host);
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit)) out += is_control(c) || static_cast<unsigned char>(c) >= 0x80 ? '?' : c;
  if (text.size() > limit) out += "...";
  return out;
}

}  // namespace graph

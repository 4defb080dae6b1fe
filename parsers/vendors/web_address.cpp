#include "parsers/vendors/web_address.h"

#include <array>

#include "parsers/vendors/fields.h"
#include "parsers/words.h"

namespace parsers::vendors {
namespace {

constexpr ByteSet kEndsAuthority = ByteSet("/?#");
constexpr ByteSet kNotInHost = ByteSet("/ ?#@");
constexpr ByteSet kBeginsPath = ByteSet("/?");

constexpr WordTable kAppSchemes{std::array<WordRow<std::string_view>, 9>{{{"ssl", "https"},
                                                                          {"https", "https"},
                                                                          {"tls", "https"},
                                                                          {"quic", "https"},
                                                                          {"http2", "https"},
                                                                          {"http", "http"},
                                                                          {"http_proxy", "http"},
                                                                          {"http proxy", "http"},
                                                                          {"web-browsing", "http"}}}};

std::string_view scheme_of_port(std::string_view port) {
  if (port.empty()) return {};
  if (port == "443" || port == "8443") return "https";
  return port == "80" ? "http" : "";
}

std::string_view scheme_of_app(std::string_view app) {
  const std::string_view* const scheme = kAppSchemes.find(app);
  return scheme == nullptr ? std::string_view() : *scheme;
}

std::string_view authority(std::string_view url) {
  url = unquote(url);
  if (const auto colon = url.find("://"); colon != url.npos) url.remove_prefix(colon + 3);
  return url.substr(0, kEndsAuthority.find_in(url));
}

// A quote inside quotes is written twice (CSV).
std::string_view undouble_quotes(std::string_view text, std::string& scratch) {
  const std::string_view inner = unquote(text);
  if (inner.size() == trim(text).size() || inner.find("\"\"") == inner.npos) return inner;
  scratch.clear();
  for (std::size_t i = 0; i < inner.size(); ++i) {
    scratch += inner[i];
    if (inner[i] == '"' && i + 1 < inner.size() && inner[i + 1] == '"') ++i;
  }
  return scratch;
}

void read(Event& event, std::string_view text, std::string_view scheme) {
  event.has_url = parse_url(text, scheme, event.url).has_value();
  if (!event.has_url) {
    event.flags.set(Flag::url_unreadable);
    return;
  }
  if (event.url.scheme_inferred) event.flags.set(Flag::url_scheme_inferred);
  const bool may_be_bare = event.url.path == "/" && event.url.query.empty();
  if (may_be_bare && !has_path(text)) event.flags.set(Flag::url_host_only);
}

}  // namespace

std::string_view infer_scheme(std::string_view url, std::string_view app, std::string_view port) {
  if (url.starts_with("http://") || url.starts_with("https://")) return "http";  // nothing to infer
  const std::string_view host = url.find(':') == url.npos ? std::string_view() : authority(url);
  const auto colon = host.rfind(':');
  const std::string_view own = scheme_of_port(colon == host.npos ? std::string_view() : host.substr(colon + 1));
  if (!own.empty()) return own;
  const std::string_view by_app = scheme_of_app(app), by_port = scheme_of_port(port);
  if (by_app == "https" || by_port == "https") return "https";
  return "http";
}

bool has_scheme(std::string_view url) {
  const auto colon = url.find("://");
  return colon != url.npos && kEndsAuthority.find_in(url) == colon + 1;
}

bool has_path(std::string_view url) {
  url = unquote(url);
  if (has_scheme(url)) url.remove_prefix(url.find("://") + 3);
  return kBeginsPath.is_in(url);
}

void fill_url(Work& work, std::string_view text, std::string_view scheme) {
  if (says_nothing(text)) return;
  assign_utf8(work, text, work.event.url_raw);
  read(work.event, undouble_quotes(text, work.scratch.joined), scheme);
}

void fill_joined_url(Work& work, std::string_view host, std::string_view path, std::string_view scheme) {
  host = unquote(host);
  path = unquote(path);
  const bool no_host = says_nothing(host) || kNotInHost.is_in(host);
  if (no_host && says_nothing(path)) return;
  assign_utf8(work, says_nothing(path) ? host : path, work.event.url_raw);
  if (no_host) {
    work.event.flags.set(Flag::url_unreadable);
    return;
  }
  std::string& joined = work.scratch.joined;
  joined.assign(scheme).append("://").append(host);
  if (!says_nothing(path)) {
    joined.append(path);
    work.event.flags.set(Flag::url_host_joined);
  }
  read(work.event, joined, scheme);
  if (work.event.has_url) {
    work.event.url.scheme_inferred = true;
    work.event.flags.set(Flag::url_scheme_inferred);
  }
}

}  // namespace parsers::vendors

// URLs in a canonical form, and the keys by which an alert's URL meets the one that a firewall logged.
//
// Canonical (RFC 3986 6.2, WHATWG URL for hosts): scheme and host lower case, IDNA (ASCII form), default port dropped,
// dot segments removed, percent-encoding of unreserved characters undone and the rest upper-cased, no fragment, no
// userinfo, no trailing dot on the host, "/" for an empty path. Path and query keep their case. Canonical text parses
// to itself.
//
//   text      = *( blank / quote ) ( absolute / bare ) *( blank / quote )
//   absolute  = ( "http" / "https" ) ":" *( "/" / "\" ) [ userinfo "@" ] host [ ":" *digit ] tail     ; WHATWG leniency
//   bare      = [ "//" ] host [ ":" *digit ] tail                          ; needs a default scheme and a dot or a port
//   tail      = [ path ] [ "?" query ] [ "#" fragment ]                                    ; "\" is "/" in a path
//   defanged  : "hxxp" for "http"; "[.]" "(.)" "{.}" "[dot]" "(dot)" for "."; "[:]" for ":"; "[://]" for "://"
//
// TAB, CR and LF inside a URL vanish, as they do in every browser. What RFC 3986 doesn't allow, and "'", "[" and "]",
// is percent-encoded, so that both spellings meet in one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/result.h"

namespace parsers {

struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // a name, dotted IPv4, or IPv6 in brackets
  std::uint16_t port = 0;  // 0: the scheme's default
  std::string path;        // begins with "/"
  std::string query;       // without "?"; empty when there is none
  bool scheme_inferred = false;

  void clear();
  std::string canonical() const;  // "https://host[:port]/path[?query]"
};

// Keys are 64-bit hashes, stable across versions and machines (they are stored). Scheme is not part of any key: devices
// often do not log it. 0 means "no key".
struct UrlKeys {
  std::uint64_t exact = 0;     // host, port, path, query
  std::uint64_t no_query = 0;  // host, port, path
  std::uint64_t host = 0;
};

// How closely two URLs match, best first.
enum class UrlMatch { exact, no_query, path_prefix, host, domain, none };
const char* to_string(UrlMatch match);  // "exact", "no-query", "path-prefix", "host", "domain", "none"

inline constexpr std::size_t kMaxUrlBytes = 8192;

// Absolute URLs of http and https, and the same without a scheme ("host[:port][/path]"), when `default_scheme` is
// given ("http", or anything else for "https"); port 80 or 443 in the text settles a scheme that is not. Quotes and
// blanks around it are dropped. Errors: "empty", "too_long" (the text or its canonical form), "not_a_url" (no scheme
// and no host in sight: a path, a file name without dots, a mail address), "bad_host", "other_scheme"; `out` is then
// clear. Reuse `out`: for plain ASCII nothing is allocated in the steady state.
Result<void> parse_url(std::string_view text, std::string_view default_scheme, Url& out);

UrlKeys url_keys(const Url& url);
std::uint64_t host_key(std::string_view canonical_host);

// The name below which one owner answers for everything ("login.example.co.uk" -> "example.co.uk"), by the Public
// Suffix List with its private section, so that tenants of one hoster differ. Below the hosters, clouds and suites that
// the list lacks it is the host itself. Empty for addresses and for names that are a suffix. Safe from any thread; the
// list is libpsl's built-in, no file is read.
std::string registrable_domain(std::string_view host);

// `lure` from an alert, `reached` from a log. path_prefix: one path continues the other at a "/", and neither is "/"
// alone. A row that shows only a host ("/", no query) meets a lure with a path or a query as host.
UrlMatch match_urls(const Url& lure, const Url& reached);

}  // namespace parsers

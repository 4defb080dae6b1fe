// Where requests may go: a scheme, a host and a port, and nothing that lies elsewhere.
//
//   origin = ("https" / "http") "://" host [":" port] ["/"]        http for loopback hosts alone
//
// Errors: bad_url (not of that form), plain_http (http to a host that isn't this machine), foreign_link.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/result.h"

namespace graph {

struct Origin {
  bool tls = true;
  std::string host;  // lower case, IPv6 without brackets
  std::uint16_t port = 443;

  std::string authority() const;  // for the Host header: the port only when it isn't the scheme's own
  std::string text() const;       // "https://graph.microsoft.com"
  bool operator==(const Origin&) const = default;
};

// The origin of `url`, which may have no path, query or user.
parsers::Result<Origin> parse_origin(std::string_view url);

// The request target (path and query) of a nextLink. Refuses links to any other scheme, host or port, so that the
// bearer token never leaves for a place that the configuration doesn't name. Bytes that real links carry unescaped and
// a request line can't (blanks, quotes) are escaped; the rest stays verbatim.
parsers::Result<std::string> target_of_link(const Origin& origin, std::string_view link);

// RFC 3986: everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

// True for localhost, 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);
bool is_address(std::string_view host);

// Text from outside made fit for one line of an error: printable ASCII, at most `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = 300);

}  // namespace graph

// The host of a URL in canonical form; the part of parse_url that knows names, IDNA and addresses. For parsers/url.cpp.
//
//   host = "[" IPv6 [ "%" zone ] "]" / IPv4 in any notation that inet_aton takes / name
//   name = label *( "." label ) [ "." ]      ; letters, digits, "-", "_", and whatever IDNA turns into those
//
// Limits: 63 bytes a label, 253 a name (RFC 1035 2.3.4).
#pragma once

#include <string>
#include <string_view>

namespace parsers {

// `text` is what stands between userinfo and port, percent-encoding allowed. False when it is no host; `out` is then
// unspecified. ASCII input allocates nothing once `out` has capacity.
bool canonical_host(std::string_view text, std::string& out);

// An IPv6 address without brackets and zone.
bool is_ipv6(std::string_view text);

}  // namespace parsers

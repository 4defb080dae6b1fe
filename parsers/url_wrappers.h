// Undoes the rewriting of links by mail security products and search engines, so that a lure and the page a firewall
// saw are the same URL.
//
// A wrapper is known by its host and path, never by a parameter's name: otherwise a phisher's page could pass for
// another by carrying "?url=". Known: Microsoft Safe Links (worldwide, GCC, GCC High and DoD, China, Teams), Proofpoint
// URL Defense v1 to v3, Google /url, Bing /ck/a, Barracuda Link Protect, Cisco Secure Web, Sophos, Trellix (FireEye),
// Symantec Click-time, and Mimecast, whose links name the host of the page and no more. Not decodable without asking
// the maker, and so left as it is: links of Cisco, Sophos and Mimecast that hold only a token.
#pragma once

#include <string_view>

#include "parsers/url.h"

namespace parsers {

inline constexpr int kMaxWrappers = 5;

// One layer. False, and `out` is unspecified, when `in` is no known wrapper or holds no absolute http(s) URL. `out`
// must not be `in`. For a URL that is no wrapper this costs a few comparisons of its host.
bool unwrap(const Url& in, Url& out);

// parse_url, then up to kMaxWrappers layers; deeper ones stay wrapped.
Result<void> parse_url_unwrapped(std::string_view text, std::string_view default_scheme, Url& out);

}  // namespace parsers

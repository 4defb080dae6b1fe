// The short way through parse_url(), for text that is canonical but for its scheme and port, as nearly every logged URL
// is. What it reads it reads as the long way does; tests/fuzz/url_fuzz.cpp compares the two.
#pragma once

#include <string_view>

#include "parsers/url.h"

namespace parsers {

// False, with `out` unspecified, for anything that needs a closer look.
//
//   plain = [ ( "http" / "https" ) "://" ] host [ ":" 1*5digit ] [ path ] [ "?" query ]
//
// host: a name of lower-case labels of which the last begins with a letter, two at the least when there is no scheme.
// path, query: what stands in canonical text as it is, and no segment that begins with a dot.
bool read_plain_url(std::string_view text, std::string_view default_scheme, Url& out);

// The long way.
Result<void> parse_any_url(std::string_view text, std::string_view default_scheme, Url& out);

// Sets the scheme, from the text or from `default_scheme` and the port, and drops the port that is the scheme's own.
enum class Scheme { http, https, other, none };
void settle_scheme(Scheme scheme, std::string_view default_scheme, Url& out);

}  // namespace parsers

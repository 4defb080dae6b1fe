#include "parsers/url.h"

#include <doctest/doctest.h>

#include <array>

namespace parsers {
namespace {

struct Good {
  std::string_view name;
  std::string_view input;
  std::string_view canonical;
};

constexpr Good kGood[] = {
    {"absolute", "https://Example.COM/Path?Q=1#frag", "https://example.com/Path?Q=1"},
    {"quoted without scheme", "\"www.example.com/\"", "https://www.example.com/"},
    {"backslash quotes", "\\\"www.example.com/\\\"", "https://www.example.com/"},
    {"connect", "subdomain.example.com:443", "https://subdomain.example.com/"},
    {"https with its port", "https://subdomain.example.com:443", "https://subdomain.example.com/"},
    {"bare with port 80", "example.com:80/x", "http://example.com/x"},
    {"defanged", "hxxps://login[.]example(.)com/a", "https://login.example.com/a"},
    {"dot segments", "http://example.com/a/./b/../c/%2e%2E/d/..", "http://example.com/a/"},
    {"octal address", "http://0300.0.2.1/", "http://192.0.2.1/"},
    {"IPv6", "http://[2001:DB8:0:0:0:0:0:1]:8080/x", "http://[2001:db8::1]:8080/x"},
    {"IDNA",
     "https://B\xc3\xbc"
     "cher.example/\xc3\xbc",
     "https://xn--bcher-kva.example/%C3%BC"},
};

TEST_CASE("url: a readable URL becomes its canonical form, which parses to itself") {
  Url url;
  for (const Good& row : kGood) {
    CAPTURE(row.name);
    REQUIRE(parse_url(row.input, "https", url).has_value());
    CHECK(url.canonical() == row.canonical);
    REQUIRE(parse_url(row.canonical, {}, url).has_value());
    CHECK(url.canonical() == row.canonical);
  }
}

Url url_of(std::string_view text) {
  Url url;
  REQUIRE_MESSAGE(parse_url(text, "https", url).has_value(), text);
  return url;
}

struct Pair {
  std::string_view name;
  std::string_view lure, reached;
  UrlMatch match;
};

constexpr Pair kPairs[] = {
    {"same", "https://example.com/a?b", "http://EXAMPLE.com/a?b#c", UrlMatch::exact},
    {"another query", "https://example.com/a?b", "example.com/a?c", UrlMatch::no_query},
    {"longer path", "https://example.com/a", "example.com/a/b", UrlMatch::path_prefix},
    {"shorter path", "https://example.com/a/b", "example.com/a", UrlMatch::path_prefix},
    {"prefix ending in a slash", "https://example.com/a/", "example.com/a/b", UrlMatch::path_prefix},
    {"a prefix inside a segment", "https://example.com/a", "example.com/ab", UrlMatch::host},
    {"the root is no prefix", "https://example.com/", "example.com/ab", UrlMatch::host},
    {"connect row", "https://example.com/a?b", "example.com:443", UrlMatch::host},
    {"connect row, lure with a query only", "https://example.com/?b", "example.com:443", UrlMatch::host},
    {"two queries at the root", "https://example.com/?b", "https://example.com/?c", UrlMatch::no_query},
    {"bare host both", "https://example.com", "example.com:443", UrlMatch::exact},
    {"another port", "https://example.com:8443/a", "https://example.com/a", UrlMatch::host},
    {"sibling name", "https://login.example.co.uk/a", "https://cdn.example.co.uk/a", UrlMatch::domain},
    {"public suffix in common", "https://a.co.uk/", "https://b.co.uk/", UrlMatch::none},
    {"tenants of github.io", "https://a.github.io/x", "https://b.github.io/x", UrlMatch::none},
    {"tenants of wixsite.com", "https://a.wixsite.com/x", "https://b.wixsite.com/x", UrlMatch::none},
    {"tenants of sharepoint.com", "https://a.sharepoint.com/x", "https://b.sharepoint.com/x", UrlMatch::none},
    {"storage accounts", "https://a.blob.core.windows.net/", "https://b.blob.core.windows.net/", UrlMatch::none},
    {"a suite's host and its name", "https://docs.google.com/x", "https://google.com/x", UrlMatch::none},
    {"a table of its own", "https://a.z13.web.core.windows.net/", "https://b.z13.web.core.windows.net/",
     UrlMatch::none},
    {"addresses", "https://192.0.2.1/", "https://203.0.2.1/", UrlMatch::none},
    {"unrelated", "https://example.com/", "https://example.net/", UrlMatch::none},
};

TEST_CASE("url: the tier of a match is the closest that both URLs agree on") {
  for (const Pair& row : kPairs) {
    CAPTURE(row.name);
    CHECK(std::string_view(to_string(match_urls(url_of(row.lure), url_of(row.reached)))) ==
          std::string_view(to_string(row.match)));
  }
}

TEST_CASE("url: keys agree exactly where the tiers say so") {
  for (const Pair& row : kPairs) {
    CAPTURE(row.name);
    const UrlKeys a = url_keys(url_of(row.lure));
    const UrlKeys b = url_keys(url_of(row.reached));
    CHECK((a.exact == b.exact) == (row.match == UrlMatch::exact));
    if (row.match == UrlMatch::no_query) CHECK(a.no_query == b.no_query);
    CHECK((a.host == b.host) == (row.match <= UrlMatch::host));
  }
}

}  // namespace
}  // namespace parsers

#include "parsers/page_key.h"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("the key of a page is that of its URL without the query, however long it is") {
  for (const std::string& text : {std::string("example.com"), std::string("example.com:8443/a?b"),
                                  std::string("example.com/a/b"), "example.com/" + std::string(1000, 'a') + "?b"}) {
    CAPTURE(text);
    parsers::Url url;
    REQUIRE(parsers::parse_url(text, "https", url).has_value());
    CHECK(parsers::page_key(url) == parsers::url_keys(url).no_query);
  }
  CHECK(parsers::page_key({}) == 0);
}

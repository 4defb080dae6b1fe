#include "parsers/cef_keys.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

using parsers::CefKey;
using parsers::find_cef_key;

TEST_CASE("cef keys: each key of the table is found by its own name and by no other") {
  for (std::size_t i = 0; i < parsers::kCefKeyCount; ++i) {
    const auto key = static_cast<CefKey>(i);
    const std::string name{to_string(key)};
    CAPTURE(name);
    CHECK(find_cef_key(name) == key);
    CHECK(find_cef_key(name + "x") == CefKey::unknown);
    CHECK(find_cef_key("x" + name) == CefKey::unknown);
  }
}

TEST_CASE("cef keys: case matters, and what is no key is unknown") {
  for (const std::string_view name : std::initializer_list<std::string_view>{"", "SRC", "Src", "sr", "src ", "cs7",
                                                                             "unknown", "PanOSSomethingElse"}) {
    CAPTURE(name);
    CHECK(find_cef_key(name) == CefKey::unknown);
  }
  CHECK(to_string(CefKey::unknown) == "unknown");
}

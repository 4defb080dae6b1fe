#include "parsers/utf8.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string_view>

using parsers::is_utf8;
using parsers::to_utf8;

TEST_CASE("utf8: well-formed text stays, all other bytes are read as Latin-1") {
  struct Row {
    std::string_view text;
    bool is_valid;
    std::string_view expected;
  };
  constexpr Row kRows[] = {
      {"", true, ""},
      {"plain ascii that is longer than thirty-two bytes", true, "plain ascii that is longer than thirty-two bytes"},
      {"\xc3\xa9", true, "\xc3\xa9"},
      {"\xe2\x82\xac \xf0\x9f\x98\x80", true, "\xe2\x82\xac \xf0\x9f\x98\x80"},
      {"caf\xe9", false, "caf\xc3\xa9"},
      {"\xe9t\xc3\xa9", false, "\xc3\xa9t\xc3\xa9"},
      {"\xc0\xaf", false, "\xc3\x80\xc2\xaf"},
      {"\xe0\x80\xaf", false, "\xc3\xa0\xc2\x80\xc2\xaf"},
      {"\xed\xa0\x80", false, "\xc3\xad\xc2\xa0\xc2\x80"},
      {"\xf4\x90\x80\x80", false, "\xc3\xb4\xc2\x90\xc2\x80\xc2\x80"},
      {"\xf0\x8f\xbf\xbf", false, "\xc3\xb0\xc2\x8f\xc2\xbf\xc2\xbf"},
      {"\xff", false, "\xc3\xbf"},
      {"\xe2\x82", false, "\xc3\xa2\xc2\x82"},
      {"thirty-two bytes of ascii, and then \xe9", false, "thirty-two bytes of ascii, and then \xc3\xa9"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    CHECK(is_utf8(row.text) == row.is_valid);
    CHECK(to_utf8(row.text) == row.expected);
    CHECK(is_utf8(to_utf8(row.text)));
  }
}

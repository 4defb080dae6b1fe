#include "parsers/packets/resync.h"

#include <doctest/doctest.h>

#include <string>

using namespace std::string_literals;

TEST_CASE("resync: a message begins behind a delimiter, or where a count leads to another") {
  const struct {
    const char* name;
    std::string bytes, from;  // from: what is found; "-": nothing
  } kRows[] = {
      {"a line", "est=example.com/ suser=a\n<14>CEF:0|", "<14>CEF:0|"},
      {"a line without PRI", "rest of it\nCEF:0|a", "CEF:0|a"},
      {"a line with a date", "rest of it\nNov 24 08:00:00 h", "Nov 24 08:00:00 h"},
      {"a line with a year", "rest of it\n2023 Nov 24 08:00:00", "2023 Nov 24 08:00:00"},
      {"NUL", "rest\0<14>x"s, "<14>x"},
      {"counted, two frames", "rest 6 <14>ab7 <14>abc9 <14>a", "6 <14>ab7 <14>abc9 <14>a"},
      {"counted, to the end of the bytes", "rest7 <14>abc", "7 <14>abc"},
      {"counted with line feeds between", "rest7 <14>abc\n6 <14>ab", "7 <14>abc\n6 <14>ab"},
      {"a count in a client's text", "request=x/9 <14>CEF:0|forged suser=a", "-"},
      {"a row in a client's text", "request=x/<14>CEF:0|forged suser=a", "-"},
      {"a line that begins like none", "rest\nof a text", "-"},
      {"nothing", "", "-"},
  };
  for (const auto& [name, bytes, from] : kRows) {
    CAPTURE(name);
    const parsers::MessageStart start = parsers::find_message_start(bytes);
    CHECK(start.is_found == (from != "-"));
    CHECK(start.at <= bytes.size());
    if (start.is_found) CHECK(bytes.substr(start.at) == from);
  }
}

TEST_CASE("resync: bytes that come one at a time lead to the same place") {
  for (const std::string bytes : {"est=x\n<14>CEF:0|a", "rest 6 <14>ab7 <14>abc", "rest20 <14>0123456789abcdef20 <14>",
                                  "rest\nCEF:0|a", "a\nNov 24 08:00:00"}) {
    const parsers::MessageStart at_once = parsers::find_message_start(bytes);
    REQUIRE(at_once.is_found);
    std::string kept;
    std::size_t fed = 0;
    parsers::MessageStart start;
    while (!start.is_found && fed < bytes.size()) {
      kept += bytes[fed++];
      start = parsers::find_message_start(kept);
      if (!start.is_found) kept.erase(0, start.at);
    }
    CAPTURE(bytes);
    REQUIRE(start.is_found);
    CHECK(fed - (kept.size() - start.at) == at_once.at);
  }
}

TEST_CASE("resync: a segment that begins like a message") {
  for (const char* yes : {"<14>x", "<189>", "CEF:0|", "\xef\xbb\xbf", "Nov 24"}) CHECK(parsers::begins_segment(yes));
  for (const char* no :
       {"", "<", "<14", "<1234>", "x<14>", "0 <14>", "123456789 <14>", "25 <14>CEF", "25 x", "2023", "2023 N", "Nova"})
    CHECK_FALSE(parsers::begins_segment(no));
}

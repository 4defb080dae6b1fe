#include "parsers/json_scan.h"

#include <doctest/doctest.h>

namespace parsers {
namespace {

struct Value {
  std::string_view name, text;
  std::size_t end;
};

constexpr std::size_t kNone = std::string_view::npos;

constexpr Value kValues[] = {
    {"object", R"({"a":[1,{"b":"}"}]},x)", 19},
    {"string", R"("a\"b\\",)", 8},
    {"number", "12.5e3,", 6},
    {"word", "null]", 4},
    {"nothing", ",", kNone},
    {"end of text", "", kNone},
    {"number that may go on", "12", kNone},
    {"open object", R"({"a":{})", kNone},
    {"open string", R"("a\")", kNone},
    {"string ending in a backslash", "\"a\\", kNone},
    {"object open in a string", R"({"a":"})", kNone},
};

TEST_CASE("json scan: a value ends where its brackets and quotes do") {
  for (const Value& row : kValues) {
    CAPTURE(row.name);
    CHECK(skip_json_value(row.text, 0) == row.end);
  }
}

TEST_CASE("json scan: after damage reading goes on at the next line that begins like a record") {
  CHECK(next_json_line("{\n  {\n{", 0) == 6);
  CHECK(next_json_line("x\n[", 0) == 2);
  CHECK(next_json_line("{\n", 0) == kNone);
  CHECK(skip_json_blanks(" \r\n\tx", 0) == 4);
  CHECK(skip_json_blanks("  ", 0) == 2);
}

struct Mend {
  std::string_view name, text, mended;
};

#define FFFD "\xef\xbf\xbd"

constexpr Mend kMends[] = {
    {"sound text", "{\"a\":\"\xc3\xa4\\ud83d\\ude00\\u0041\\\\\\\"\"}\n",
     "{\"a\":\"\xc3\xa4\\ud83d\\ude00\\u0041\\\\\\\"\"}\n"},
    {"high surrogate alone", R"("\ud83dx")", "\"" FFFD "x\""},
    {"high surrogate before another escape", R"("\ud83d\u0041")", "\"" FFFD "\\u0041\""},
    {"low surrogate alone", R"("\uDE00")", "\"" FFFD "\""},
    {"escaped backslash before u", R"("\\ud83d")", R"("\\ud83d")"},
    {"escape that is none is left to the parser", R"("\ux")", R"("\ux")"},
    {"invalid UTF-8", "\"a\xff\xc3\"", "\"a" FFFD FFFD "\""},
    {"overlong and surrogate forms", "\"\xc0\xaf\xed\xa0\x80\"", "\"" FFFD FFFD FFFD FFFD FFFD "\""},
    {"control in a string", "\"a\nb\"\n", "\"a" FFFD "b\"\n"},
    {"backslash at the end", "\"\\", "\"\\"},
};

TEST_CASE("json scan: mending replaces what no JSON string may hold and touches nothing else") {
  for (const Mend& row : kMends) {
    CAPTURE(row.name);
    CHECK(mend_json_text(row.text) == row.mended);
  }
}

}  // namespace
}  // namespace parsers

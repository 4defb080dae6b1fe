#include "sensor/findings/text.h"

#include <doctest/doctest.h>

#include <string>

using findings::append_json_string;
using findings::printable;

namespace {

std::string quoted(std::string_view text, std::size_t limit = 1000) {
  std::string out;
  append_json_string(text, limit, out);
  return out;
}

}  // namespace

TEST_CASE("text: JSON strings hold what was there, and nothing that is not seen is written raw") {
  struct Row {
    const char* name;
    std::string in, out;
  };
  for (const Row& row : {
           Row{"empty", "", R"("")"},
           Row{"plain", "a b/c", R"("a b/c")"},
           Row{"quote and backslash", "\"\\", R"("\"\\")"},
           Row{"line ends", "\r\n\t", R"("\r\n\t")"},
           Row{"NUL and ESC", std::string("\0\x1b", 2), R"("\u0000\u001b")"},
           Row{"delete and next line", "\x7f\xc2\x85", R"("\u007f\u0085")"},
           Row{"direction override", "\xe2\x80\xae", R"("\u202e")"},
           Row{"line separator", "\xe2\x80\xa8", R"("\u2028")"},
           Row{"byte order mark", "\xef\xbb\xbf", R"("\ufeff")"},
           Row{"tag letter, a surrogate pair", "\xf3\xa0\x81\x81", R"("\udb40\udc41")"},
           Row{"letters of other scripts", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x90\x9f",
               "\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x90\x9f\""},
           Row{"a byte that begins nothing",
               "a\xff"
               "b",
               "\"a\xef\xbf\xbd"
               "b\""},
           Row{"an overlong slash", "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
           Row{"half a letter at the end", "a\xe4\xb8", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
       }) {
    CAPTURE(row.name);
    CHECK(quoted(row.in) == row.out);
  }
}

TEST_CASE("text: longer text is cut between letters and marked") {
  CHECK(quoted("abc", 3) == R"("abc")");
  CHECK(quoted("abcd", 3) == "\"abc\xE2\x80\xA6\"");
  CHECK(quoted("ab\xe4\xb8\xad", 4) == "\"ab\xE2\x80\xA6\"");
  CHECK(quoted("ab\xe4\xb8\xad", 5) == "\"ab\xe4\xb8\xad\"");
  CHECK(quoted("\x80\x80\x80\x80\x80\x80", 5).ends_with("\xE2\x80\xA6\""));
  CHECK(quoted("abc", 0) == "\"\xE2\x80\xA6\"");
}

TEST_CASE("text: on a terminal only what has no glyph is spelled out") {
  CHECK(printable("C:\\x \"y\"\n\x1b[2J\xe2\x80\xae\xff") == "C:\\x \"y\"\\n\\u001b[2J\\u202e\xef\xbf\xbd");
}

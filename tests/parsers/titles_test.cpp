#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "parsers/graph.h"

namespace parsers {
namespace {

struct Row {
  std::string_view name, title, key;
};

constexpr Row kRows[] = {
    {"case", "Phish NOT Zapped", "phish not zapped"},
    {"zero width space at the end", "removed after delivery\xe2\x80\x8b", "removed after delivery"},
    {"zero width joiner inside", "de\xe2\x80\x8dlivery", "delivery"},
    {"soft hyphen, word joiner, byte order mark",
     "\xef\xbb\xbf"
     "a\xc2\xad"
     "b\xe2\x81\xa0"
     "c",
     "abc"},
    {"tag and variation selector",
     "a\xf3\xa0\x81\x81"
     "b\xef\xb8\x8f",
     "ab"},
    {"no-break space",
     "a\xc2\xa0"
     "b",
     "a b"},
    {"blanks of all kinds", " \ta \r\n\xe3\x80\x80 b\xe2\x80\xa8", "a b"},
    {"invisible between blanks", "a \xe2\x80\x8b b", "a b"},
    {"Latin-1", "\xc3\x84\xc3\x97\xc3\x9e", "\xc3\xa4\xc3\x97\xc3\xbe"},
    {"Latin Extended-A", "\xc4\x80\xc5\x81\xc5\xbd\xc5\xb8", "\xc4\x81\xc5\x82\xc5\xbe\xc3\xbf"},
    {"already lower", "\xc4\x81\xc5\x82\xc5\xbe\xc3\xbf", "\xc4\x81\xc5\x82\xc5\xbe\xc3\xbf"},
    {"other scripts stay", "\xd0\x90", "\xd0\x90"},
    {"invalid UTF-8 stays", "A\xff\xc3", "a\xff\xc3"},
    {"nothing", "\xe2\x80\x8b ", ""},
};

TEST_CASE("titles: two spellings that look alike have one key") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(title_key(row.title) == row.key);
    CHECK(title_key(row.key) == row.key);
  }
}

TEST_CASE("titles: the shipped list begins with the published rule's eleven and repeats none") {
  const auto& titles = shipped_titles();
  REQUIRE(titles.size() > kRuleTitleCount);
  CHECK(titles.front() == "Phishing link click observed in Network Traffic");
  CHECK(titles[7] == "Email messages containing malicious URL removed after delivery");
  CHECK(titles[kRuleTitleCount - 1] == "Phish not zapped because ZAP is disabled");
  const auto is_shipped = [&titles](std::string_view title) {
    return std::count_if(titles.begin(), titles.end(),
                         [title](const std::string& t) { return title_key(t) == title; }) == 1;
  };
  for (const std::string& title : titles) CHECK_MESSAGE(is_shipped(title_key(title)), title);
  CHECK(is_shipped("stolen session cookie was used"));
  CHECK(is_shipped("email messages containing phish urls removed after delivery"));
}

}  // namespace
}  // namespace parsers

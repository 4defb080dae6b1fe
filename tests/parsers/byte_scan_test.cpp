#include "parsers/byte_scan.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace parsers;

std::string made_up_text(std::mt19937& random, std::size_t size) {
  constexpr std::string_view kBytes = "abcdefgh = = x";
  constexpr std::string_view kRare("\\#%\t\xe9\x7f\0", 7);
  std::string text(size, 'a');
  const bool has_rare = random() % 2 == 0;
  for (char& c : text) {
    const bool is_rare = has_rare && random() % 40 == 0;
    c = is_rare ? kRare[random() % kRare.size()] : kBytes[random() % kBytes.size()];
  }
  return text;
}

TEST_CASE("byte scan: the machine's way finds what the plain way finds, for every length") {
  std::mt19937 random{3};
  for (std::size_t size = 1; size <= ByteMasks::kBytes; size += size < 200 ? 1 : 37) {
    CAPTURE(size);
    const std::string text = made_up_text(random, size);
    ByteMasks plain, sse2, best;
    const unsigned rare = scan_bytes_one_by_one(text, plain);
    REQUIRE(scan_bytes_sse2(text, sse2) == rare);
    REQUIRE(scan_bytes(text, best) == rare);
    for (std::size_t word = 0; word * kBlockBytes < size; ++word) {
      CHECK(sse2.equals[word] == plain.equals[word]);
      CHECK(sse2.blanks[word] == plain.blanks[word]);
      CHECK(best.equals[word] == plain.equals[word]);
      CHECK(best.blanks[word] == plain.blanks[word]);
    }
  }
}

TEST_CASE("byte scan: each kind of rare byte is told by itself") {
  const std::pair<char, unsigned> rows[] = {
      {'\\', kBackslash}, {'#', kHash},       {'%', kPercent}, {'\n', kControl}, {'\0', kControl},
      {'\x1f', kControl}, {'\xc3', kForeign}, {'\x7f', 0},     {' ', 0},         {'=', 0}};
  ByteMasks masks;
  for (const auto& [byte, kind] : rows) {
    for (const std::size_t size : {1, 63, 64, 65, 130}) {
      CAPTURE(int{byte});
      std::string text(size, 'a');
      text[size / 2] = byte;
      CHECK(scan_bytes(text, masks) == kind);
    }
  }
}

TEST_CASE("byte scan: each '=' is told with the last blank in front of it, over the borders of words and blocks") {
  std::mt19937 random{5};
  for (const std::size_t size : {0, 1, 64, 100, 1024, 1025, 3000}) {
    CAPTURE(size);
    const std::string text = made_up_text(random, size);
    std::vector<std::pair<std::size_t, std::size_t>> expected, found;
    for (std::size_t at = text.find('='); at != text.npos; at = text.find('=', at + 1)) {
      expected.emplace_back(at, at == 0 ? text.npos : text.rfind(' ', at - 1));
    }
    ByteMasks masks;
    unsigned rare = 0;
    for_each_equals(text, masks, rare, [&](std::size_t at, std::size_t blank) { found.emplace_back(at, blank); });
    CHECK(found == expected);
  }
}

}  // namespace

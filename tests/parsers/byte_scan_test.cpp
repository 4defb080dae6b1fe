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

std::vector<Equals> found(const ByteScan& scan) { return {scan.equals.begin(), scan.equals.begin() + scan.count}; }

TEST_CASE("byte scan: each of the machine's ways finds what the plain way finds, for every length") {
  std::mt19937 random{3};
  const std::vector<ScanPiece> scans = scans_of_machine();
  ByteScan plain, other;
  for (std::size_t size = 1; size <= 2 * ByteScan::kPieceBytes + 100; size += size < 200 ? 1 : 37) {
    CAPTURE(size);
    const std::string text = made_up_text(random, size);
    for (const ScanPiece scan : scans) {
      plain.start();
      other.start();
      for (std::size_t from = 0; from < size; from += ByteScan::kPieceBytes) {
        scans.front()(text, from, plain);
        scan(text, from, other);
        REQUIRE(found(other) == found(plain));
      }
      CHECK(other.rare == plain.rare);
    }
  }
}

TEST_CASE("byte scan: each kind of rare byte is told by itself") {
  const std::pair<char, unsigned> rows[] = {
      {'\\', kBackslash}, {'#', kHash},       {'%', kPercent}, {'\n', kControl}, {'\0', kControl},
      {'\x1f', kControl}, {'\xc3', kForeign}, {'\x7f', 0},     {' ', 0},         {'=', 0}};
  ByteScan scan;
  for (const auto& [byte, kind] : rows) {
    for (const std::size_t size : {1, 63, 64, 65, 130}) {
      CAPTURE(int{byte});
      std::string text(size, 'a');
      text[size / 2] = byte;
      scan.start();
      scan_piece(text, 0, scan);
      CHECK(scan.rare == kind);
    }
  }
}

TEST_CASE("byte scan: each '=' is told with the last blank in front of it, over the borders of blocks and pieces") {
  std::mt19937 random{5};
  for (const std::size_t size : {0, 1, 64, 100, 1024, 1025, 3000}) {
    CAPTURE(size);
    const std::string text = made_up_text(random, size);
    std::vector<std::pair<std::size_t, std::size_t>> expected, told;
    for (std::size_t at = text.find('='); at != text.npos; at = text.find('=', at + 1)) {
      expected.emplace_back(at, at == 0 ? 0 : text.rfind(' ', at - 1) + 1);
    }
    ByteScan scan;
    for_each_equals(text, scan, [&](const Equals& equals) { told.emplace_back(equals.at, equals.behind_blank); });
    CHECK(told == expected);
  }
}

}  // namespace

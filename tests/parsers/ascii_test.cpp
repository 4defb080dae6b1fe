#include "parsers/ascii.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace {

using namespace parsers;

TEST_CASE("ascii: appended text is in lower case for every length and every byte, and what stood there stays") {
  std::mt19937 random{11};
  for (std::size_t size = 0; size <= 70; ++size) {
    CAPTURE(size);
    std::string text(size, '\0'), expected = "AND";
    for (int round = 0; round < 50; ++round) {
      expected.resize(3);
      for (char& c : text) {
        c = static_cast<char>(random());
        expected += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
      std::string lower = "AND";
      append_lower(text, lower);
      REQUIRE(lower == expected);
    }
  }
}

TEST_CASE("ascii: eight bytes at once are what they are one by one") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::uint64_t expected = static_cast<unsigned char>(to_lower(static_cast<char>(byte)));
    for (unsigned place = 0; place < 8; ++place) {
      CHECK(lower_bytes(std::uint64_t{byte} << (8 * place)) == expected << (8 * place));
    }
  }
}

}  // namespace

#include "parsers/url_bits.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace {

using namespace parsers;

bool has(std::uint64_t bits, std::size_t at) { return (bits >> at & 1) != 0; }

TEST_CASE("URL bits: each byte is of the kinds that it says, in each of the machine's ways") {
  constexpr std::string_view kSmall = "abcdefghijklmnopqrstuvwxyz0123456789-_.",
                             kMore = "~!$&)*+,;=:@/?ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const FindUrlBits find : url_bits_of_machine()) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      CAPTURE(byte);
      const char c = static_cast<char>(byte);
      const UrlBits bits = find(std::string(1, c));
      CHECK(bits.name == (kSmall.find(c) != kSmall.npos ? 1u : 0u));
      CHECK(bits.plain == (kSmall.find(c) != kSmall.npos || kMore.find(c) != kMore.npos ? 1u : 0u));
      CHECK(bits.dots == (c == '.' ? 1u : 0u));
      CHECK(bits.slashes == (c == '/' ? 1u : 0u));
      CHECK(bits.questions == (c == '?' ? 1u : 0u));
    }
  }
}

TEST_CASE("URL bits: the first 64 bytes of texts of every length have the bits that they have alone") {
  std::mt19937 random{17};
  constexpr std::string_view kBytes = "abz09.-_/?=&%A~ \xe9";
  for (const FindUrlBits find : url_bits_of_machine()) {
    for (std::size_t size = 0; size <= 200; ++size) {
      CAPTURE(size);
      std::string text(size, '\0');
      for (char& c : text) c = kBytes[random() % kBytes.size()];
      const std::vector<char> memory(text.begin(), text.end());  // ends with the text: nothing behind may be read
      const UrlBits bits = find({memory.data(), memory.size()});
      for (std::size_t at = 0; at < UrlBits::kBytes; ++at) {
        const UrlBits alone = at < size ? find(text.substr(at, 1)) : UrlBits{};
        REQUIRE(has(bits.name, at) == has(alone.name, 0));
        REQUIRE(has(bits.plain, at) == has(alone.plain, 0));
        REQUIRE(has(bits.dots, at) == has(alone.dots, 0));
        REQUIRE(has(bits.slashes, at) == has(alone.slashes, 0));
        REQUIRE(has(bits.questions, at) == has(alone.questions, 0));
      }
    }
  }
}

}  // namespace

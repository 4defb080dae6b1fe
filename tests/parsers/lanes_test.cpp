#include "parsers/lanes.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace parsers;

TEST_CASE("lanes: each set holds the bytes that it says, of all 256") {
  for (unsigned first = 0; first < 256; first += Lanes::kBytes) {
    char bytes[Lanes::kBytes];
    for (unsigned i = 0; i < Lanes::kBytes; ++i) bytes[i] = static_cast<char>(first + i);
    const Lanes lanes(bytes);
    for (unsigned i = 0; i < Lanes::kBytes; ++i) {
      const char c = bytes[i];
      CAPTURE(first + i);
      const auto has = [i](LaneSet set) { return (set.bits() >> i & 1) != 0; };
      CHECK(has(lanes.equal('=')) == (c == '='));
      CHECK(has(lanes.within(')', ';')) == (c >= ')' && c <= ';'));
      CHECK(has(lanes.letters()) == ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')));
      CHECK(has(lanes.equal('=') | lanes.equal('a')) == (c == '=' || c == 'a'));
    }
  }
}

TEST_CASE("lanes: a byte is found in every place of texts of every length, from every place on") {
  const auto find = [](std::string_view text, std::size_t from) {
    return find_lane(text, from, [](const Lanes& lanes) { return lanes.equal('x'); });
  };
  for (std::size_t size = 0; size <= 50; ++size) {
    for (std::size_t place = 0; place <= size; ++place) {
      std::string text(size, 'a');
      if (place < size) text[place] = 'x';
      text.shrink_to_fit();
      for (std::size_t from = 0; from <= size; ++from) {
        CAPTURE(size);
        CAPTURE(place);
        REQUIRE(find(text, from) == text.find('x', from));
      }
    }
  }
}

}  // namespace

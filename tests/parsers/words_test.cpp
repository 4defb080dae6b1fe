#include "parsers/words.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

#include "parsers/vendors/outcomes.h"

namespace {

using namespace parsers;

constexpr WordTable kTable{std::array<WordRow<int>, 5>{
    {{"na", 1}, {"n/a", 2}, {"sixteen-bytes-ab", 3}, {"seventeen-bytes-a", 4}, {"seventeen-bytes-b", 5}}}};

int meaning(std::string_view text) {
  const int* const found = kTable.find(text);
  return found == nullptr ? 0 : *found;
}

TEST_CASE("words: a table finds its words in any case and nothing else") {
  struct Row {
    std::string_view text;
    int meaning;
  };
  const Row rows[] = {{"na", 1},
                      {"Na", 1},
                      {"N/A", 2},
                      {"sixteen-bytes-ab", 3},
                      {"SEVENTEEN-BYTES-A", 4},
                      {"seventeen-bytes-B", 5},
                      {"seventeen-bytes-c", 0},
                      {"sixteen-bytes-abc", 0},
                      {"sixteen-bytes-a", 0},
                      {"n", 0},
                      {"", 0},
                      {{"na\0", 3}, 0},
                      {"n\xcf"
                       "a",
                       0}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(meaning(row.text) == row.meaning);
  }
}

TEST_CASE("words: a word holds its first sixteen bytes, whatever its length, and folds ASCII alone") {
  std::mt19937 random{11};
  for (std::size_t size = 0; size <= 40; ++size) {
    for (int round = 0; round < 200; ++round) {
      std::string text(size, '\0');
      for (char& c : text) c = static_cast<char>(random());
      std::string expected = text, dashed = text;
      for (char& c : expected) c = to_lower(c);
      for (char& c : dashed) c = c == ' ' || c == '_' ? '-' : c;
      for (std::string* padded : {&expected, &dashed, &text}) padded->resize(Word::kBytes);
      REQUIRE(Word::of({text.data(), std::min(size, Word::kBytes)}) == Word::of(text));
      REQUIRE(Word::of(text).lower() == Word::of(expected));
      REQUIRE(Word::of(text).dashed() == Word::of(dashed));
    }
  }
}

TEST_CASE("words: a verdict is found by the log's type and the action, in every spelling of the action") {
  using vendors::Verdict;
  constexpr vendors::Verdicts kVerdicts{std::array<Verdict, 4>{{{"dns", "block", Outcome::blocked},
                                                                {"web", "block", Outcome::warned},
                                                                {"web", "wildfire-upload-skip", Outcome::allowed},
                                                                {"web", "wildfire-upload-skis", Outcome::blocked}}}};
  CHECK(kVerdicts.find("dns", "Block") == Outcome::blocked);
  CHECK(kVerdicts.find("web", "BLOCK") == Outcome::warned);
  CHECK(kVerdicts.find("web", "Wildfire_Upload Skip") == Outcome::allowed);
  CHECK(kVerdicts.find("web", "wildfire-upload-skis") == Outcome::blocked);
  CHECK(kVerdicts.find("web", "wildfire-upload-skit") == Outcome::unknown);
  CHECK(kVerdicts.find("", "block") == Outcome::unknown);
  CHECK(kVerdicts.find("mail", "block") == Outcome::unknown);
  CHECK(kVerdicts.find("web", "") == Outcome::unknown);
}

}  // namespace

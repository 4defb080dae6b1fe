// Throws out messages that can't meet a condition, by looking for words in the raw bytes of a whole block: a message is
// parsed only when the words that the condition needs stand in it.
#pragma once

#include <re2/filtered_re2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sensor/query/finder.h"
#include "storage/selection.h"

namespace query {

// Words are looked for whatever their case. A word is what a value and its message certainly share
// (Field::is_verbatim). Pattern letters that are ASCII are taken to mean ASCII: the Kelvin sign is no k here.
class Prefilter {
 public:
  // For a value that must be equal to `text`; nullptr when no part of it is long enough to tell messages apart.
  static std::unique_ptr<Prefilter> for_text(std::string_view text);
  // For a value that must match the RE2 `pattern`, which is valid; nullptr when the pattern needs no word.
  static std::unique_ptr<Prefilter> for_pattern(const std::string& pattern);

  // Takes out of `candidates`, ascending places in block.entries, those that can't match.
  void narrow(const storage::BlockView& block, std::vector<std::uint32_t>& candidates);

 private:
  bool may_match(std::uint64_t found);

  std::vector<Finder> finders_;
  std::vector<int> bit_of_atom_;                     // bit in the mask of found words; -1: no word, always there
  std::unique_ptr<re2::FilteredRE2> formula_;        // which words are needed together; absent: the only one
  std::unordered_map<std::uint64_t, bool> answers_;  // of the formula, by mask
  std::vector<std::uint64_t> found_;                 // scratch: masks of the block's messages
};

}  // namespace query

#include "sensor/query/prefilter.h"

#include <algorithm>

namespace query {
namespace {

constexpr std::size_t kShortestWord = 3;  // shorter ones stand in nearly every message
constexpr std::size_t kMostWords = 8;     // each is a pass over the block: parsing is cheaper than more of them

bool is_shared(char c) { return c > ' ' && c < 0x7f && std::string_view("\\=|\";").find(c) == std::string_view::npos; }

// The longest part of `text` that stands in the message as it does here.
std::string_view longest_word(std::string_view text) {
  std::string_view longest;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && is_shared(text[end])) ++end;
    if (end - begin > longest.size()) longest = text.substr(begin, end - begin);
    begin = end + 1;
  }
  return longest.size() >= kShortestWord ? longest : std::string_view{};
}

}  // namespace

std::unique_ptr<Prefilter> Prefilter::for_text(std::string_view text) {
  const std::string_view word = longest_word(text);
  if (word.empty()) return nullptr;
  auto prefilter = std::make_unique<Prefilter>();
  prefilter->finders_.emplace_back(word);
  return prefilter;
}

std::unique_ptr<Prefilter> Prefilter::for_pattern(const std::string& pattern) {
  auto prefilter = std::make_unique<Prefilter>();
  prefilter->formula_ = std::make_unique<re2::FilteredRE2>(static_cast<int>(kShortestWord));
  RE2::Options options;
  options.set_log_errors(false);
  int id = 0;
  if (prefilter->formula_->Add(pattern, options, &id) != RE2::NoError) return nullptr;
  std::vector<std::string> atoms;
  prefilter->formula_->Compile(&atoms);
  for (const std::string& atom : atoms) {
    const std::string_view word = longest_word(atom);
    prefilter->bit_of_atom_.push_back(word.empty() ? -1 : static_cast<int>(prefilter->finders_.size()));
    if (!word.empty()) prefilter->finders_.emplace_back(word);
  }
  if (prefilter->finders_.empty() || prefilter->finders_.size() > kMostWords || prefilter->may_match(0)) return nullptr;
  return prefilter;
}

bool Prefilter::may_match(std::uint64_t found) {
  if (!formula_) return found != 0;
  const auto known = answers_.find(found);
  if (known != answers_.end()) return known->second;
  std::vector<int> atoms, potential;
  for (std::size_t atom = 0; atom < bit_of_atom_.size(); ++atom) {
    const int bit = bit_of_atom_[atom];
    if (bit < 0 || (found >> bit & 1) != 0) atoms.push_back(static_cast<int>(atom));
  }
  formula_->AllPotentials(atoms, &potential);
  return answers_[found] = !potential.empty();
}

void Prefilter::narrow(const storage::BlockView& block, std::vector<std::uint32_t>& candidates) {
  found_.assign(block.entries.size(), 0);
  for (std::size_t bit = 0; bit < finders_.size(); ++bit) {
    const Finder& finder = finders_[bit];
    std::size_t message = 0;
    for (std::size_t at = finder.find(block.bytes, 0); at != std::string_view::npos;) {
      while (std::size_t{block.entries[message].offset} + block.entries[message].length <= at) ++message;
      const std::size_t end = std::size_t{block.entries[message].offset} + block.entries[message].length;
      const bool is_within = at + finder.word().size() <= end;
      if (is_within) found_[message] |= std::uint64_t{1} << bit;
      at = finder.find(block.bytes, is_within ? end : at + 1);
    }
  }
  std::erase_if(candidates, [&](std::uint32_t candidate) {
    // A row in the device's own format is read with words that do not stand in it, such as the vendor's name.
    return !parsers::Flags::from_bits(block.entries[candidate].flags).has(parsers::Flag::native_row) &&
           !may_match(found_[candidate]);
  });
}

}  // namespace query

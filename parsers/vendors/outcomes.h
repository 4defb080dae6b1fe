// A vendor's words for what it did, as a table.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "parsers/event.h"
#include "parsers/words.h"

namespace parsers::vendors {

struct Verdict {
  std::string_view log_type;  // "" in all rows of a table, or in none
  std::string_view action;    // lower case, '-' between words
  Outcome outcome;
};

template <std::size_t Count>
class Verdicts {
 public:
  constexpr explicit Verdicts(const std::array<Verdict, Count>& rows) : rows_(rows) {
    for (std::size_t i = 0; i < Count; ++i) {
      actions_[i] = Word::of(rows_[i].action);
      std::size_t slot = slot_of(rows_[i].log_type, actions_[i]);
      while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
      slots_[slot] = static_cast<std::uint8_t>(i + 1);
    }
  }

  // Case does not matter, and ' ' and '_' are '-', as devices spell both. A word that is in no row is Outcome::unknown:
  // a guess would either raise false alarms or hide a click.
  Outcome find(std::string_view log_type, std::string_view action) const {
    const Word word = Word::of(action).lower().dashed();
    for (std::size_t slot = slot_of(log_type, word); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const std::size_t i = slots_[slot] - 1u;
      const Verdict& row = rows_[i];
      if (actions_[i] != word || row.action.size() != action.size() || row.log_type != log_type) continue;
      if (action.size() <= Word::kBytes || is_equal(action, row.action)) return row.outcome;
    }
    return Outcome::unknown;
  }

 private:
  static constexpr std::size_t kSlots = std::bit_ceil(4 * Count);
  static constexpr std::size_t slot_of(std::string_view log_type, const Word& action) {
    const std::uint64_t hash = action.hash() + (log_type.empty() ? 0 : Word::of(log_type).hash());
    return static_cast<std::size_t>(hash >> (64 - std::countr_zero(kSlots)));
  }
  static constexpr bool is_equal(std::string_view text, std::string_view folded) {
    return std::ranges::equal(text, folded,
                              [](char x, char y) { return (x == ' ' || x == '_' ? '-' : to_lower(x)) == y; });
  }

  std::array<Verdict, Count> rows_{};
  std::array<Word, Count> actions_{};
  std::array<std::uint8_t, kSlots> slots_{};  // the number of a row from 1
};

}  // namespace parsers::vendors

// A vendor's words for what it did, as a table.
#pragma once

#include <span>
#include <string_view>

#include "parsers/event.h"

namespace parsers::vendors {

struct Verdict {
  std::string_view log_type;  // "" for any
  std::string_view action;    // lower case, '-' between words
  Outcome outcome;
};

// The first row that fits; case does not matter, and ' ' and '_' are '-', as devices spell both. A word that is in no
// row is Outcome::unknown: a guess would either raise false alarms or hide a click.
Outcome find_outcome(std::span<const Verdict> table, std::string_view log_type, std::string_view action);

}  // namespace parsers::vendors

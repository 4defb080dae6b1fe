#include "parsers/vendors/outcomes.h"

#include <algorithm>

namespace parsers::vendors {
namespace {

char fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == ' ' || c == '_' ? '-' : c;
}

bool equal_folded(std::string_view text, std::string_view folded) {
  return std::ranges::equal(text, folded, [](char x, char y) { return fold(x) == y; });
}

}  // namespace

Outcome find_outcome(std::span<const Verdict> table, std::string_view log_type, std::string_view action) {
  for (const Verdict& row : table) {
    if ((row.log_type.empty() || row.log_type == log_type) && equal_folded(action, row.action)) return row.outcome;
  }
  return Outcome::unknown;
}

}  // namespace parsers::vendors

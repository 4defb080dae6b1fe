// A mistake in the configuration, told so that a person can mend it: where, what, the line, a caret, the likely mend.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace config {

struct Mistake {
  std::string file;
  unsigned line = 0, column = 0;  // from 1; 0: the whole file
  std::string what;               // "unknown key `adress` in [[listen]]"
  std::string source_line;        // without line end
  std::string hint;               // "did you mean `address`?"; may be empty
};

// "file:line:column: what", the line, a caret under the column, the hint: one a line.
std::string to_text(const Mistake& mistake);

// The candidate with the least edit distance, when it is near enough to be a slip of the pen; else "".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace config

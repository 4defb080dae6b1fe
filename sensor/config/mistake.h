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

// In the order of the file.
bool comes_before(const Mistake& a, const Mistake& b);

// The text of a configuration file, for the line that a mistake shows.
class SourceText {
 public:
  SourceText(std::string path, std::string_view text);
  const std::string& path() const { return path_; }
  Mistake mistake(unsigned line, unsigned column, std::string what, std::string hint) const;

 private:
  std::string path_;
  std::vector<std::string> lines_;
};

// The candidate with the least edit distance, when it is near enough to be a slip of the pen; else "".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
// The hint that names it: "did you mean `address`?"; "" where none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace config

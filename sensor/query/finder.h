// Finds a word in a text whatever the case of its ASCII letters, 16 bytes at a time where the machine can.
#pragma once

#include <string>
#include <string_view>

namespace query {

class Finder {
 public:
  // `word` is not empty.
  explicit Finder(std::string_view word);

  // Where the word begins at or after `from`, or npos.
  std::size_t find(std::string_view text, std::size_t from) const;

  const std::string& word() const { return word_; }  // in lower case

 private:
  bool stands_at(const char* place) const;

  std::string word_;
  std::size_t first_ = 0, second_ = 0;  // the two bytes of it that are looked for
};

}  // namespace query

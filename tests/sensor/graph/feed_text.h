// Small words for tests of the feeds.
#pragma once

#include <string>
#include <string_view>

#include "parsers/time.h"

namespace graph_test {

inline parsers::TimePoint at(std::string_view text) { return parsers::parse_rfc3339(text).value(); }

inline bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

inline std::string decoded(std::string_view target) {
  std::string out;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == '%' && i + 2 < target.size()) {
      out += static_cast<char>(std::stoi(std::string(target.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += target[i];
    }
  }
  return out;
}

}  // namespace graph_test

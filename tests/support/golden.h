// Golden files: what a function gave when it was last looked at. LUREWATCH_ACCEPT=1 rewrites them instead of comparing;
// look at the difference before you commit it.
#pragma once

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "tests/support/folder.h"

namespace support {

// `name` below tests/golden.
inline void check_golden(const std::string& name, const std::string& actual) {
  const std::string path = support::tests_folder() + "/golden/" + name;
  if (std::getenv("LUREWATCH_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    std::printf("skipped: rewrote %s\n", name.c_str());
    return;
  }
  std::ifstream in(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  CHECK_MESSAGE(actual == expected, name << " differs; it is now:\n" << actual);
}

// The same JSON over several lines; order, numbers and escapes stay as they are.
inline std::string indent_json(std::string_view line) {
  std::string out;
  std::size_t depth = 0;
  const auto new_line = [&] { out += '\n' + std::string(2 * depth, ' '); };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool empty_follows = i + 1 < line.size() && (line[i + 1] == '}' || line[i + 1] == ']');
    if (c == '"') {
      const std::size_t begin = i;
      while (line[++i] != '"')
        if (line[i] == '\\') ++i;
      out += line.substr(begin, i + 1 - begin);
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      if (!empty_follows) new_line();
    } else if (c == '}' || c == ']') {
      --depth;
      if (line[i - 1] != '{' && line[i - 1] != '[') new_line();
      out += c;
    } else {
      out += c;
      if (c == ',') new_line();
      if (c == ':') out += ' ';
    }
  }
  return out + '\n';
}

}  // namespace support

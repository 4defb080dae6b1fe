// Each line of tests/golden/vendors/NAME.in gives one block of NAME.out; lines that begin with "#" say what the next
// one is about. LUREWATCH_ACCEPT=1 writes NAME.out anew: read the difference before you commit it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/parsers/vendors/event_text.h"
#include "tests/support/folder.h"

namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(support::tests_folder()) / "golden" / "vendors";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string answer(const std::string& input) {
  std::string out, line;
  std::istringstream lines(input);
  while (std::getline(lines, line)) {
    if (line.starts_with('#')) {
      out.append(line).append("\n");
    } else {
      out.append(reading::event_text(reading::read(line))).append("\n");
    }
  }
  return out;
}

TEST_CASE("golden: every line gives the event that a person has read and accepted") {
  const bool accept = std::getenv("LUREWATCH_ACCEPT") != nullptr;
  std::size_t inputs = 0, outputs = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".out") ++outputs;
    if (entry.path().extension() != ".in") continue;
    ++inputs;
    CAPTURE(entry.path().filename());
    fs::path expected = entry.path();
    expected.replace_extension(".out");
    const std::string text = answer(read_file(entry.path()));
    if (accept) {
      std::ofstream(expected, std::ios::binary) << text;
      std::cout << "skipped: wrote " << expected.filename() << '\n';
      continue;
    }
    CHECK(text == read_file(expected));
  }
  CHECK(inputs > 0);
  if (!accept) CHECK(inputs == outputs);
}

}  // namespace

// Lines that devices really sent, where LUREWATCH_TEST_DATA names a folder that has them under lines/. How many fields
// they hold was counted by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/cef.h"
#include "parsers/syslog.h"

namespace {

namespace fs = std::filesystem;
using namespace parsers;

// The lines of the .log files of some folders that have a CEF header: "CEF:", a version and enough pipes.
std::vector<std::string> cef_lines(std::initializer_list<const char*> folders) {
  std::vector<std::string> lines;
  const char* data = std::getenv("LUREWATCH_TEST_DATA");
  if (data == nullptr) {
    std::cout << "skipped: LUREWATCH_TEST_DATA is not set\n";
    return lines;
  }
  for (const char* folder : folders) {
    for (const auto& entry : fs::directory_iterator(fs::path(data) / "lines" / folder)) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      for (std::string text; std::getline(file, text);) {
        const auto cef = text.find("CEF:");
        const bool is_bare = text.starts_with("0|");
        if (!is_bare && (cef == text.npos || text.find_first_of("01", cef) > cef + 5)) continue;
        const bool is_code = text.find("parse_cef!(") != text.npos;
        if (!is_code && std::count(text.begin(), text.end(), '|') >= 4) lines.push_back(text);
      }
    }
  }
  return lines;
}

SyslogMessage read_header(const std::string& text) {
  return parse_syslog(text, *parse_rfc3339("2025-11-24T12:00:00Z"), cctz::utc_time_zone());
}

}  // namespace

TEST_CASE("real lines: every line with a CEF header is read, of the four vendors and of many others") {
  const auto lines = cef_lines({"paloalto", "fortinet", "checkpoint", "zscaler", "peers"});
  CefMessage message;
  for (const auto& line : lines) {
    CAPTURE(line);
    const auto header = read_header(line);
    CHECK(parse_cef(header.rest, message).has_value());
    CHECK_FALSE(message.flags.has(Flag::key_forged));
    CHECK_FALSE(message.flags.has(Flag::embedded_field));
  }
  if (!lines.empty()) CHECK(lines.size() > 200);
}

TEST_CASE("real lines: the fields of a line are as many as a reader counts") {
  struct Row {
    std::string_view mark;  // a text that stands in this line alone
    std::size_t fields;
  };
  constexpr Row kRows[] = {
      {"|PAN-OS|6.1.3|url|", 44},
      {"|Traps Agent|4.1.1.28779|Prevention Event|", 13},
      {"|PAN-OS|10.1.11|end|TRAFFIC|", 62},
      {"|PAN-OS|11.2.3-h3|wildfire|", 60},
      {"|PAN-OS|10.0|VPN|GLOBALPROTECT|", 25},
      {"|PAN-OS|8.0.0|general|SYSTEM|", 17},
      {"|PAN-OS|9.1.0-h3|Morto", 62},
      {"|Palo AltoNetworks|PAN-OS|10.2.5|", 40},
      {"|v5.6.2|00015|traffic:forward start|", 31},
      {"|v5.6.0|13056|utm:webfilter", 30},
      {"|v6.0.3|13056|utm:webfilter", 29},
      {"|v6.0.3|30258|utm:waf", 27},
      {"|v5.6.0|24576|utm:dlp", 34},
      {"|v7.2.8|26001|event:system|", 16},
      {"|smart_event|Check Point|Log|Log|", 17},
      {"|NSSWeblog|5.7|", 137},
      {"|NSSFWlog|5.7|", 45},
      {"|NSSDNSlog|5.7|", 30},
  };
  const auto lines = cef_lines({"paloalto", "fortinet", "checkpoint", "zscaler"});
  if (lines.empty()) return;
  for (const auto& row : kRows) {
    CAPTURE(row.mark);
    std::size_t found = 0;
    CefMessage message;
    for (const auto& line : lines) {
      if (line.find(row.mark) == line.npos) continue;
      ++found;
      REQUIRE(parse_cef(read_header(line).rest, message).has_value());
      CHECK(message.extension.size() == row.fields);
    }
    CHECK(found >= 1);
  }
}

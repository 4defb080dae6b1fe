// Lines that devices really sent, where LUREWATCH_TEST_DATA names a folder that has them under lines/. The lines stay
// there; what must come out of them was written by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "tests/parsers/vendors/event_text.h"

namespace {

namespace fs = std::filesystem;
using parsers::Outcome;
using parsers::Vendor;

struct Line {
  std::string file, text;
};

std::vector<Line> cef_lines() {
  std::vector<Line> lines;
  const char* data = std::getenv("LUREWATCH_TEST_DATA");
  if (!data) {
    std::cout << "skipped: LUREWATCH_TEST_DATA is not set\n";
    return lines;
  }
  for (const char* vendor : {"paloalto", "fortinet", "checkpoint", "zscaler"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(data) / "lines" / vendor)) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      for (std::string text; std::getline(file, text);) {
        if (text.find("CEF:") == text.npos && !text.starts_with("0|")) continue;
        lines.push_back({entry.path().filename().string(), text});
      }
    }
  }
  return lines;
}

TEST_CASE("real rows: every CEF line of the four vendors is read without an error") {
  const std::vector<Line> lines = cef_lines();
  std::array<std::size_t, 5> events{};
  for (const Line& line : lines) {
    CAPTURE(line.file);
    CAPTURE(line.text);
    const auto read = reading::read(line.text);
    CHECK_FALSE(read.error.has_value());
    CHECK(read.has_cef);
    const bool endpoint = line.text.find("|Traps ") != line.text.npos;
    CHECK(read.has_event == !endpoint);
    ++events[static_cast<std::size_t>(read.event.vendor)];
  }
  if (lines.empty()) return;
  CHECK(events[static_cast<std::size_t>(Vendor::paloalto)] >= 7);
  CHECK(events[static_cast<std::size_t>(Vendor::fortinet)] >= 10);
  CHECK(events[static_cast<std::size_t>(Vendor::checkpoint)] >= 10);
  CHECK(events[static_cast<std::size_t>(Vendor::zscaler)] >= 3);
}

TEST_CASE("real rows: every native row of PAN-OS and FortiGate is read, and a URL log gives its URL") {
  const char* data = std::getenv("LUREWATCH_TEST_DATA");
  if (!data) {
    std::cout << "skipped: LUREWATCH_TEST_DATA is not set\n";
    return;
  }
  std::size_t rows = 0, urls = 0;
  for (const char* vendor : {"paloalto", "fortinet"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(data) / "lines" / vendor)) {
      if (entry.path().filename().string().find("native") == std::string::npos) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      for (std::string text; std::getline(file, text);) {
        if (text.find("VERSION:v1") != text.npos) continue;  // FortiWeb
        CAPTURE(text);
        const auto read = reading::read(text);
        CHECK(read.flags.has(parsers::Flag::native_row));
        CHECK_FALSE(read.error.has_value());
        CHECK(read.has_event);
        CHECK_FALSE(read.flags.has(parsers::Flag::key_forged));
        ++rows;
        const bool is_url_log =
            text.find(",THREAT,url,") != text.npos || text.find("subtype=\"webfilter\"") != text.npos;
        // PAN-OS writes "-/" where the client named no host.
        if (!is_url_log || text.find("\"-/\"") != text.npos) continue;
        CHECK(read.event.has_url);
        CHECK_FALSE(read.event.destination_address.empty());
        CHECK(read.event.outcome != Outcome::unknown);
        ++urls;
      }
    }
  }
  CHECK(rows > 370);
  CHECK(urls > 80);
}

// "drop / drop ICMP / reset-both"
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(" / ", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 3;
  }
  return words;
}

TEST_CASE("real rows: every recorded action that is called allowed or denied has that outcome") {
  const char* data = std::getenv("LUREWATCH_TEST_DATA");
  if (!data) {
    std::cout << "skipped: LUREWATCH_TEST_DATA is not set\n";
    return;
  }
  struct Device {
    const char *vendor, *line;
  };
  const Device devices[] = {
      {"Palo Alto Networks", "CEF:0|Palo Alto Networks|PAN-OS|10|url|THREAT|1|act="},
      {"Fortinet", "CEF:0|Fortinet|Fortigate|v7|1|utm:webfilter|4|cat=utm:webfilter act="},
      {"Fortinet", "CEF:0|Fortinet|Fortigate|v7|1|utm:dlp|4|cat=utm:dlp act="},
      {"Check Point", "CEF:0|Check Point|URL Filtering|Check Point|Log|Log|Unknown|act="},
      {"Zscaler", "CEF:0|Zscaler|NSSWeblog|5.7|x|y|3|act="},
  };
  std::ifstream file(fs::path(data) / "vendor_values.tsv");
  std::size_t checked = 0;
  for (std::string text; std::getline(file, text);) {
    std::istringstream columns(text);
    std::string column, vendor, values, meaning;
    std::getline(columns, column, '\t');
    std::getline(columns, vendor, '\t');
    std::getline(columns, values, '\t');
    std::getline(columns, meaning, '\t');
    const bool is_allow = meaning.starts_with("ALLOW"), is_deny = meaning.starts_with("DENY");
    if (column != "DeviceAction" || (!is_allow && !is_deny)) continue;
    for (const std::string& word : words_of(values)) {
      CAPTURE(word);
      // FortiGate's words depend on the log: one of the logs must know it, and none may say otherwise.
      bool known = false;
      for (const Device& device : devices) {
        if (vendor != device.vendor) continue;
        const Outcome outcome = reading::read(device.line + word + " cnt=1").event.outcome;
        if (outcome == Outcome::unknown) continue;
        CHECK(outcome == (is_allow ? Outcome::allowed : Outcome::blocked));
        known = true;
      }
      CHECK(known);
      ++checked;
    }
  }
  CHECK(checked >= 25);
}

TEST_CASE("real rows: who, where and what came of it are right") {
  struct Row {
    const char* name;
    const char* part;  // stands in this line alone
    const char* time;
    const char* url;
    const char* account;
    const char* destination;
    Outcome outcome;
  };
  const Row rows[] = {
      {"PAN-OS 6.1.3 URL", "|PAN-OS|6.1.3|url|", "2017-04-07T00:10:10.000Z", "https://www.example.com/", "",
       "20.20.20.20", Outcome::allowed},
      {"PAN-OS 11.2.3 WildFire", "|PAN-OS|11.2.3-h3|wildfire|", nullptr, "", "", "10.10.0.70", Outcome::allowed},
      {"PAN-OS 9.1 threat", "|PAN-OS|9.1.0-h3|", nullptr, "", "", "", Outcome::allowed},
      {"PAN-OS 10.1 traffic", "|PAN-OS|10.1.11|end|", "2024-05-08T08:10:31.000Z", "", "", "10.50.10.50",
       Outcome::allowed},
      {"PAN-OS template without line breaks", "|PAN-OS|10.2.5|", "2021-03-21T11:22:45.000Z", "", "usera", "10.20.20.20",
       Outcome::allowed},
      {"PAN-OS GlobalProtect", "|PAN-OS|10.0|VPN|", "2023-05-24T15:25:04.000Z", "", "bob", "", Outcome::unknown},
      {"FortiGate 5.6 web filter", "dhost=www.youku.com", "2024-02-12T11:40:47.000Z", "http://www.youku.com/", "",
       "202.46.41.172", Outcome::blocked},
      {"FortiGate 6.0 web filter", "request=/bizsquads", "2018-12-27T19:23:49.000Z",
       "http://ambrishsriv.wixsite.com/bizsquads", "bob", "185.230.61.185", Outcome::blocked},
      {"FortiGate 6.0 WAF", "utm:waf waf-http-constraint", "2018-12-27T22:55:20.000Z",
       "http://172.16.200.55/index.html?a=0123456789&b=0123456789&c=0123456789", "bob", "172.16.200.55",
       Outcome::allowed},
      {"FortiGate 5.6 DLP", "utm:dlp dlp block", "2024-02-12T14:16:32.000Z",
       "http://192.168.70.184/dlp/ssn/ssn-docx-pdf-valid.tar", "", "192.168.70.184", Outcome::blocked},
      {"FortiGate 5.6 traffic", "|v5.6.2|00015|traffic:forward start|", nullptr, "", "", "", Outcome::allowed},
      {"Check Point, IPv6 in custom fields", "c6a2=fd00::555", nullptr, "", "", "::1", Outcome::blocked},
      {"Check Point, a lost key", "act=Accept =0.0.0.0", nullptr, "", "", "", Outcome::allowed},
      {"Check Point, bypass", "act=Bypass", "2018-12-19T09:22:10.000Z", "", "", "", Outcome::allowed},
      {"Zscaler web", "|NSSWeblog|", "2024-06-11T02:52:44.000Z",
       "http://test.zscaler.com/filestreamingservice/files/199", "user", "1.1.1.1", Outcome::allowed},
      {"Zscaler firewall", "|NSSFWlog|", "2024-06-12T05:02:05.000Z", "", "", "1.1.1.1", Outcome::blocked},
      {"Zscaler DNS", "|NSSDNSlog|", "2024-06-11T02:52:44.000Z", "", "", "1.1.1.1", Outcome::allowed},
  };
  const std::vector<Line> lines = cef_lines();
  if (lines.empty()) return;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Line* found = nullptr;
    for (const Line& line : lines) {
      if (line.text.find(row.part) == line.text.npos) continue;
      CHECK(found == nullptr);
      found = &line;
    }
    REQUIRE(found != nullptr);
    const auto read = reading::read(found->text);
    CAPTURE(reading::event_text(read));
    if (row.time) CHECK(parsers::format_rfc3339(read.event.time) == row.time);
    CHECK(reading::url_of(read.event) == row.url);
    CHECK(read.event.account == row.account);
    CHECK(read.event.destination_address == row.destination);
    CHECK(read.event.outcome == row.outcome);
  }
}

}  // namespace

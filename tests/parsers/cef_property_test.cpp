// What is printed as the specification says is read back as it was, for made-up messages of every shape.
#include <doctest/doctest.h>

#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "parsers/cef.h"
#include "parsers/native.h"

namespace {

using namespace parsers;

constexpr std::string_view kPieces[] = {"a",    "bob", "|",     "=",        "\\",     "\\\\", " x",   "\"",      "/",
                                        "?q=1", "é",   "#x",    " suser=x", "CEF:0|", ":",    "%20",  "dst=",    "\n",
                                        ",",    "{",   "https", "://h",     "0",      "\r",   "\xff", "act=x y", ";"};
constexpr std::string_view kKeys[] = {"suser",          "duser",   "src", "dst", "request", "msg", "act",   "cs1",
                                      "requestContext", "PanOSXY", "x",   "cat", "dpt",     "app", "fname", "rt"};

std::string odd_text(std::mt19937& random, std::size_t most) {
  std::string text;
  for (auto count = random() % (most + 1); count > 0; --count) text += kPieces[random() % std::size(kPieces)];
  return text;
}

std::string escaped(std::string_view text, std::string_view special, bool has_line_breaks) {
  std::string out;
  for (const char c : text) {
    if (has_line_breaks && (c == '\n' || c == '\r')) {
      out += c == '\n' ? "\\n" : "\\r";
      continue;
    }
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

std::string without_line_breaks(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return text;
}

}  // namespace

TEST_CASE("cef property: a header and a value that are printed with their escapes are read back as they were") {
  std::mt19937 random(20261124);
  CefMessage message;
  std::string scratch;
  for (int i = 0; i < 20'000; ++i) {
    const std::string header[] = {without_line_breaks("v" + odd_text(random, 4)),
                                  without_line_breaks("p" + odd_text(random, 4)), "1", "100",
                                  without_line_breaks("n" + odd_text(random, 4))};
    std::string text = "CEF:0";
    for (const std::string& field : header) text += "|" + escaped(field, "\\|", false);
    text += "|5|";
    // No quote in front, which a device may put around a client's text, and no blank at the end.
    const std::string value = "v" + odd_text(random, 8) + ".";
    const std::string_view key = kKeys[random() % std::size(kKeys)];
    text.append(key).append("=").append(escaped(value, "\\=", true)).append(" cnt=1");
    CAPTURE(text);
    REQUIRE(parse_cef(text, message).has_value());
    CHECK(unescape_header(message.device_vendor, scratch) == header[0]);
    CHECK(unescape_header(message.device_product, scratch) == header[1]);
    CHECK(unescape_header(message.name, scratch) == header[4]);
    REQUIRE(message.extension.size() == 2);
    CHECK(message.extension[0].key == key);
    CHECK(unescape_value(message.extension[0].raw, scratch) == value);
    CHECK(message.value(CefKey::cnt, scratch) == "1");
  }
}

TEST_CASE("cef property: a PAN-OS row that is printed as CSV is read back as it was") {
  std::mt19937 random(20261125);
  NativeScratch native;
  CefMessage message;
  std::string scratch;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::string> cells(40);
    cells[2] = "0123456789";
    cells[3] = "THREAT";
    cells[4] = "url";
    cells[12] = "user" + odd_text(random, 3);
    cells[31] = "h.example/" + odd_text(random, 8);
    cells[34] = "informational";
    std::string row;
    for (const std::string& cell : cells) {
      if (!row.empty()) row += ',';
      if (cell.find_first_of("\",") == cell.npos) {
        row += cell;
        if (row.empty()) row = "1";
        continue;
      }
      row += '"';
      for (const char c : cell) row.append(c == '"' ? 2 : 1, c);
      row += '"';
    }
    CAPTURE(row);
    REQUIRE(read_paloalto_csv(row, native, message));
    CHECK(message.value(CefKey::suser, scratch) == cells[12]);
    CHECK(message.value(CefKey::request, scratch) == cells[31]);
    CHECK(message.severity == "1");
  }
}

TEST_CASE("cef property: a FortiGate row whose values hold no quote before a pair is read back as it was") {
  std::mt19937 random(20261126);
  NativeScratch native;
  CefMessage message;
  std::string scratch;
  for (int i = 0; i < 20'000; ++i) {
    std::string url = "/" + odd_text(random, 8);
    std::erase(url, '"');
    const std::string row = "type=\"utm\" subtype=\"webfilter\" user=\"bob\" url=\"" + url + "\" sentbyte=12";
    CAPTURE(row);
    REQUIRE(read_fortinet_pairs(row, native, message));
    CHECK(message.value(CefKey::request, scratch) == url);
    CHECK(message.value(CefKey::duser, scratch) == "bob");
    CHECK(message.value(CefKey::out, scratch) == "12");
  }
}

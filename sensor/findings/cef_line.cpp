#include "sensor/findings/cef_line.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <cstdio>

#include "parsers/code_point.h"
#include "sensor/findings/line_reader.h"
#include "sensor/findings/severity.h"
#include "sensor/findings/text.h"

namespace findings {
namespace {

using boost::json::object;

constexpr std::size_t kMaxTitle = 500;  // the specification allows 512

// Visible text alone goes out: what has no glyph is written as \uXXXX first, and its backslash escaped like any other.
// Cut between characters at `limit` bytes.
std::string escaped(std::string_view text, std::string_view special, std::size_t limit) {
  const std::string shown = printable(text);
  std::string out;
  for (std::size_t at = 0; at < shown.size();) {
    const std::size_t size = std::max<std::size_t>(parsers::read_utf8(shown, at).size, 1);
    const bool escape = special.find(shown[at]) != std::string_view::npos;
    if (out.size() + size + escape > limit) break;
    if (escape) out += '\\';
    out.append(shown, at, size);
    at += size;
  }
  const std::size_t first = out.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : out.substr(first, out.find_last_not_of(' ') - first + 1);
}

class Line {
 public:
  explicit Line(const object& finding) : finding_(finding) {}

  std::string write() {
    const std::string_view rule = text_of(child_of(finding_, "rule"), "id");
    out_ = "CEF:0|Lurewatch|Lurewatch|" LUREWATCH_VERSION "|" + escaped(rule, "\\|", 100) + '|' +
           escaped(text_of(finding_, "title"), "\\|", kMaxTitle) + '|' +
           std::to_string(severity_scale(text_of(finding_, "severity")).cef) + '|';
    add("rt", std::to_string(millis_of(finding_, "time")), 20);
    add("start", std::to_string(millis_of(finding_, "first_seen")), 20);
    add("end", std::to_string(millis_of(finding_, "last_seen")), 20);
    add("externalId", text_of(finding_, "id"), 64);
    add("cat", truth_of(finding_, "test") ? "Phishing, test" : "Phishing", 32);
    add("suser", text_of(finding_, "user"), 512);
    add("src", text_of(finding_, "ip"), 64);
    add("dhost", text_of(finding_, "host"), 256);
    add("request", text_of(finding_, "url"), 1536);
    add_labelled("cn1", "revision", std::to_string(static_cast<std::int64_t>(number_of(finding_, "revision"))), 20);
    std::array<char, 16> confidence{};
    std::snprintf(confidence.data(), confidence.size(), "%.2f", number_of(finding_, "confidence"));
    add_labelled("cfp1", "confidence", confidence.data(), 16);
    add_texts();
    add("msg", text_of(finding_, "description"), 2048);
    return std::move(out_);
  }

 private:
  void add(std::string_view key, std::string_view value, std::size_t limit) {
    const std::string text = escaped(value, "\\=", limit);
    if (text.empty()) return;
    if (out_.back() != '|') out_ += ' ';
    (out_ += key) += '=';
    out_ += text;
  }

  void add_labelled(const std::string& key, std::string_view label, std::string_view value, std::size_t limit) {
    if (value.empty()) return;
    add(key + "Label", label, 64);
    add(key, value, limit);
  }

  void add_texts() {
    const object& match = child_of(finding_, "match");
    std::string told, reasons, alerts;
    for (const char* key : {"url", "user", "ip", "order"})
      told += (told.empty() ? "" : ", ") + std::string(key) + ' ' + std::string(text_of(match, key));
    for (const object* reason : rows_of(finding_, "reasons")) join(reasons, text_of(*reason, "name"));
    for (const object* alert : rows_of(child_of(finding_, "evidence"), "alerts")) join(alerts, text_of(*alert, "id"));
    std::string tactics, techniques;
    for (const std::string_view tactic : texts_of(finding_, "tactics")) join(tactics, tactic);
    for (const std::string_view technique : texts_of(finding_, "techniques")) join(techniques, technique);
    add_labelled("cs1", "mode", text_of(finding_, "mode"), 32);
    add_labelled("cs2", "match", told, 128);
    add_labelled("cs3", "reasons", reasons, 512);
    add_labelled("cs4", "tactics", tactics, 256);
    add_labelled("cs5", "techniques", techniques, 256);
    add_labelled("cs6", "alerts", alerts, 1024);
  }

  static void join(std::string& list, std::string_view item) {
    if (!list.empty()) list += ", ";
    list += item;
  }

  const object& finding_;
  std::string out_;
};

}  // namespace

std::string to_cef_line(std::string_view finding_line) {
  const object finding = parse_line(finding_line);
  return Line(finding).write();
}

}  // namespace findings

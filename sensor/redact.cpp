#include "sensor/redact.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "parsers/ascii.h"
#include "parsers/time.h"
#include "sensor/config/values.h"

namespace sensor {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestPlainWord = 24;
constexpr std::size_t kShortestName = 3;

constexpr std::array kHarmlessValues = {
    "udp",   "tcp",  "tls",        "relp",       "unix-dgram", "unix-stream", "global", "usgov",        "usgov-dod",
    "china", "json", "ocsf",       "ecs",        "cef",        "true",        "false",  "UTC",          "[]",
    "{}",    "\"\"", "normalised", "seed-exact", "High",       "Medium",      "Low",    "Informational"};
constexpr std::array kHarmlessNames = {
    "UDP",    "TCP",     "TLS",     "HTTP",  "HTTPS",    "JSON",      "CEF",       "DNS",
    "RELP",   "IO",      "Graph",   "Entra", "Defender", "Lurewatch", "lurewatch", "lurewatch.service",
    "SQLite", "Systemd", "systemd", "MiB",   "KiB",      "GiB",       "TLSv1.2",   "TLSv1.3"};
// Keys of status whose text is the program's own.
constexpr std::array kHarmlessKeys = {"version", "transport", "check", "verdict", "kind"};

using parsers::is_digit;
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

template <class Names>
bool holds(const Names& names, std::string_view text) {
  return std::ranges::find(names, text) != names.end();
}

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto dots = std::ranges::count(text, '.');
  return !text.empty() && dots <= 1 && is_digit(text.front()) && is_digit(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
}

bool is_time(std::string_view text) { return static_cast<bool>(parsers::parse_rfc3339(text)); }

bool is_harmless_value(std::string_view text) {
  return text.empty() || is_number(text) || is_time(text) || holds(kHarmlessValues, text) ||
         config::parse_duration(text).has_value() || config::parse_size(text).has_value();
}

bool is_plain_word(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPlainWord &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || c == '\'' || c == '-'; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_key(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

// A value as TOML writes it, up to a comment.
std::string_view toml_value(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('"')) {
    const std::size_t end = text.find('"', 1);
    return end == std::string_view::npos ? text : text.substr(1, end - 1);
  }
  return trimmed(text.substr(0, text.find('#')));
}

}  // namespace

std::string Redactor::stand_in(std::string_view text) {
  const auto [found, fresh] = seen_.emplace(text, seen_.size() + 1);
  return fmt::format("<removed-{}>", found->second);
}

void Redactor::remember_users(const json::value& findings) {
  if (!findings.is_array()) return;
  for (const json::value& finding : findings.as_array()) {
    const json::value* user = finding.is_object() ? finding.as_object().if_contains("user") : nullptr;
    if (!user || !user->is_string()) continue;
    std::string_view name = user->as_string();
    name = name.substr(0, name.find('@'));
    names_.emplace(name);
    for (std::size_t end = 0; !name.empty(); name.remove_prefix(std::min(end + 1, name.size()))) {
      end = std::min(name.find_first_of("._-"), name.size());
      if (end >= kShortestName) names_.emplace(name.substr(0, end));
    }
  }
}

std::string Redactor::configuration(std::string_view toml) {
  std::string out;
  while (!toml.empty()) {
    const std::string_view line = trimmed(next_line(toml));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t equals = line.find('=');
    const std::string_view key = trimmed(line.substr(0, equals));
    if (line.starts_with('[') && equals == std::string_view::npos) {
      const std::string_view name = line.substr(0, line.find('#'));
      const bool known = std::ranges::all_of(
          name, [](char c) { return is_lower(c) || c == '[' || c == ']' || c == '.' || c == '_' || c == ' '; });
      out += known ? fmt::format("{}\n", trimmed(name)) : stand_in(name) + "\n";
    } else if (equals == std::string_view::npos || !is_key(key)) {
      out += "# " + stand_in(line) + "\n";
    } else {
      const std::string_view value = toml_value(line.substr(equals + 1));
      out += fmt::format("{} = {}\n", key, is_harmless_value(value) ? std::string(value) : stand_in(value));
    }
  }
  return out;
}

json::value Redactor::record(const json::value& value, std::string_view key) {
  if (value.is_object()) {
    json::object out;
    for (const auto& [name, inner] : value.as_object()) {
      if (name == "last_findings") {  // who was phished is nobody's business, in the log neither
        remember_users(inner);
        continue;
      }
      out[name] = record(inner, name);
    }
    return out;
  }
  if (value.is_array()) {
    json::array out;
    for (const json::value& inner : value.as_array()) out.push_back(record(inner, key));
    return out;
  }
  if (!value.is_string()) return value;
  const std::string_view text = value.as_string();
  if (holds(kHarmlessKeys, key) || is_harmless_value(text)) return value;
  if (key == "last_error" || key == "warnings" || key == "warning" || key == "trouble" || key == "finding")
    return json::value(log_line(text));
  return json::value(stand_in(text));
}

std::string Redactor::value_of(std::string_view text) {
  if (is_harmless_value(text) || holds(kHarmlessNames, text)) return std::string(text);
  return text.find(' ') == std::string_view::npos ? stand_in(text) : log_line(text);
}

// `first`: of a sentence, where a capital is no name.
std::string Redactor::word(std::string_view text, bool first) {
  std::string_view core = text;
  std::string_view tail;
  while (!core.empty() && std::string_view(".,:;)").find(core.back()) != std::string_view::npos) core.remove_suffix(1);
  tail = text.substr(core.size());
  std::string_view bare = core.starts_with('(') ? core.substr(1) : core;
  std::string lower(bare);
  if (first && !lower.empty()) lower[0] = parsers::to_lower(lower[0]);
  const bool code = bare.starts_with("AADSTS") && is_number(bare.substr(6));
  const bool is_named = seen_.contains(lower) || names_.contains(lower);
  if (bare.empty() || is_harmless_value(bare) || (is_plain_word(lower) && !is_named) || holds(kHarmlessNames, bare) ||
      code)
    return std::string(text);
  return (core.starts_with('(') ? "(" : "") + stand_in(bare) + std::string(tail);
}

std::string Redactor::log_line(std::string_view line) {
  std::string out;
  bool first = true;
  while (!line.empty()) {
    if (line.front() == ' ') {
      out += ' ';
      line.remove_prefix(1);
      continue;
    }
    const std::size_t blank = std::min(line.find(' '), line.size());
    const std::size_t equals = line.find('=');
    if (equals < blank && is_key(line.substr(0, equals))) {
      out += fmt::format("{}=", line.substr(0, equals));
      line.remove_prefix(equals + 1);
      if (line.starts_with('"')) {
        const std::size_t inner = line.find("\" ", 1);
        const bool ends = line.size() > 1 && line.ends_with('"');
        const std::size_t close = inner != std::string_view::npos ? inner : line.size() - (ends ? 1 : 0);
        out += '"' + value_of(line.substr(1, close - 1)) + '"';
        line.remove_prefix(std::min(close + 1, line.size()));
      } else {
        const std::size_t end = std::min(line.find(' '), line.size());
        out += value_of(line.substr(0, end));
        line.remove_prefix(end);
      }
      continue;
    }
    if ((line.front() == '"' || line.front() == '`') && line.find(line.front(), 1) != std::string_view::npos) {
      const std::size_t close = line.find(line.front(), 1);
      out += stand_in(line.substr(1, close - 1));
      line.remove_prefix(close + 1);
      continue;
    }
    out += word(line.substr(0, blank), first);
    first = blank > 0 && (line[blank - 1] == '.' || line[blank - 1] == '!' || line[blank - 1] == ':');
    line.remove_prefix(blank);
  }
  return out;
}

std::string Redactor::log(std::string_view lines) {
  std::string out;
  while (!lines.empty()) out += log_line(next_line(lines)) + "\n";
  return out;
}

}  // namespace sensor

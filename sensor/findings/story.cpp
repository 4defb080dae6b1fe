#include "sensor/findings/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <initializer_list>
#include <tuple>
#include <vector>

#include "sensor/findings/line_reader.h"
#include "sensor/findings/text.h"

namespace findings {

namespace json = boost::json;

namespace {

constexpr const char* kNoFinding = "This is not a finding: the line is not a JSON object.";

std::string text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(json::string_view(key.data(), key.size()));
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return printable(text_of(object, key));
  return value->is_primitive() ? printable(json::serialize(*value)) : std::string();
}

// Those that are not empty.
std::string join(std::initializer_list<std::string> parts, std::string_view between) {
  std::string joined;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!joined.empty()) joined += between;
    joined += part;
  }
  return joined;
}

struct Entry {
  std::string time;  // RFC 3339 in UTC sorts as text
  int kind;          // at one moment alerts come first, then clicks
  std::string what, sentence;
  std::vector<std::string> details;
};

Entry alert_entry(const json::object& row) {
  Entry entry{text(row, "time"), 0, "alert", text(row, "title"), {}};
  const std::string by = join({text(row, "service_source"), text(row, "severity")}, ", ");
  if (!by.empty()) entry.sentence += " (" + by + ')';
  for (const std::string_view url : texts_of(row, "urls")) entry.details.push_back(printable(url));
  return entry;
}

Entry click_entry(const json::object& row) {
  const std::string named = text(row, "user_raw").empty() ? text(row, "user") : text(row, "user_raw");
  return {text(row, "time"),
          1,
          "click",
          join({text(row, "vendor"), text(row, "product")}, " ") + ": " + named + " reached " + text(row, "url") +
              " at " + text(row, "destination_address") + ", " +
              join({text(row, "action"), '(' + text(row, "outcome") + ')'}, " "),
          {text(row, "raw")}};
}

Entry sign_in_entry(const json::object& row) {
  const std::string through = join({text(row, "app_display_name"), text(row, "client_app_used"),
                                    join({text(row, "city"), text(row, "country")}, " ")},
                                   ", ");
  return {text(row, "time"),
          2,
          "sign-in",
          text(row, "user") + " from " + text(row, "address") + " succeeded" + (through.empty() ? "" : ": " + through),
          {text(row, "user_agent")}};
}

std::vector<Entry> entries_of(const json::object& evidence) {
  std::vector<Entry> entries;
  for (const json::object* row : rows_of(evidence, "alerts")) entries.push_back(alert_entry(*row));
  for (const json::object* row : rows_of(evidence, "events")) entries.push_back(click_entry(*row));
  for (const json::object* row : rows_of(evidence, "signins")) entries.push_back(sign_in_entry(*row));
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::tie(entry.time, entry.kind, entry.sentence, entry.details); });
  return entries;
}

std::string heading(const json::object& finding) {
  return fmt::format("{}\n{}{}, confidence {:.2f}, finding {} revision {} of {} ({})\n", text(finding, "title"),
                     truth_of(finding, "test") ? "TEST: made by simulate. " : "", text(finding, "severity"),
                     number_of(finding, "confidence"), text(finding, "id"), text(finding, "revision"),
                     text(finding, "time"), text(finding, "mode"));
}

std::string verdict_of(const json::object& finding) {
  std::string story = heading(finding);
  if (const std::string description = text(finding, "description"); !description.empty())
    story += '\n' + description + '\n';
  story += "\nWhy\n";
  for (const json::object* reason : rows_of(finding, "reasons"))
    story += fmt::format("  {:+.2f}  {:<24} {}\n", number_of(*reason, "weight"), text(*reason, "name"),
                         text(*reason, "detail"));
  return story;
}

}  // namespace

std::string verdict(std::string_view finding_line) {
  const json::object finding = parse_line(finding_line);
  return finding.empty() ? std::string(kNoFinding) + '\n' : verdict_of(finding);
}

std::string tell(std::string_view finding_line) {
  const json::object finding = parse_line(finding_line);
  if (finding.empty()) return std::string(kNoFinding) + '\n';
  std::string story = verdict_of(finding);
  story += "\nIn the order of time\n";
  for (const Entry& entry : entries_of(child_of(finding, "evidence"))) {
    story += fmt::format("  {}  {:<8} {}\n", entry.time, entry.what, entry.sentence);
    for (const std::string& detail : entry.details)
      if (!detail.empty()) story += "      " + detail + '\n';
  }
  if (const json::object& left_out = child_of(finding, "evidence_truncated"); !left_out.empty())
    story += fmt::format("  and {} more alerts, {} more clicks, {} more sign-ins\n", number_of(left_out, "alerts"),
                         number_of(left_out, "events"), number_of(left_out, "signins"));
  return story;
}

std::string one_line(std::string_view finding_line) {
  const json::object finding = parse_line(finding_line);
  if (finding.empty()) return kNoFinding;
  return fmt::format("{:<24}  {:<8}  {:.2f}  {}  {}  {}  {}", text(finding, "time"), text(finding, "severity"),
                     number_of(finding, "confidence"), text(finding, "user"), text(finding, "host"),
                     text(finding, "ip"), text(finding, "id"));
}

}  // namespace findings

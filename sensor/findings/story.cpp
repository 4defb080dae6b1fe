#include "sensor/findings/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <initializer_list>
#include <tuple>
#include <vector>

#include "sensor/findings/text.h"

namespace findings {

namespace json = boost::json;

namespace {

constexpr const char* kNoFinding = "This is not a finding: the line is not a JSON object.";

json::object parse(std::string_view line) {
  boost::system::error_code failure;
  json::value value = json::parse(json::string_view(line.data(), line.size()), failure);
  return !failure && value.is_object() ? std::move(value.get_object()) : json::object();
}

const json::value* find(const json::object& object, std::string_view key) {
  return object.if_contains(json::string_view(key.data(), key.size()));
}

std::string text(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  if (value == nullptr || value->is_null()) return {};
  if (const json::string* string = value->if_string()) return printable({string->data(), string->size()});
  return value->is_primitive() ? printable(json::serialize(*value)) : std::string();
}

double number(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  boost::system::error_code failure;
  const double read = value == nullptr ? 0 : value->to_number<double>(failure);
  return failure ? 0 : read;
}

json::object child(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

std::vector<json::object> children(const json::object& object, std::string_view key) {
  std::vector<json::object> rows;
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_array()) return rows;
  for (const json::value& row : value->get_array())
    if (row.is_object()) rows.push_back(row.get_object());
  return rows;
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
  if (const json::value* urls = find(row, "urls"); urls != nullptr && urls->is_array())
    for (const json::value& url : urls->get_array())
      if (url.is_string()) entry.details.push_back(printable({url.get_string().data(), url.get_string().size()}));
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
  for (const json::object& row : children(evidence, "alerts")) entries.push_back(alert_entry(row));
  for (const json::object& row : children(evidence, "events")) entries.push_back(click_entry(row));
  for (const json::object& row : children(evidence, "signins")) entries.push_back(sign_in_entry(row));
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::tie(entry.time, entry.kind, entry.sentence, entry.details); });
  return entries;
}

std::string heading(const json::object& finding) {
  const json::value* test = find(finding, "test");
  const bool is_test = test != nullptr && test->is_bool() && test->get_bool();
  return fmt::format("{}\n{}{}, confidence {:.2f}, finding {} revision {} of {} ({})\n", text(finding, "title"),
                     is_test ? "TEST: made by simulate. " : "", text(finding, "severity"),
                     number(finding, "confidence"), text(finding, "id"), text(finding, "revision"),
                     text(finding, "time"), text(finding, "mode"));
}

}  // namespace

std::string tell(std::string_view finding_line) {
  const json::object finding = parse(finding_line);
  if (finding.empty()) return std::string(kNoFinding) + '\n';
  std::string story = heading(finding);
  if (const std::string description = text(finding, "description"); !description.empty())
    story += '\n' + description + '\n';
  story += "\nWhy\n";
  for (const json::object& reason : children(finding, "reasons"))
    story +=
        fmt::format("  {:+.2f}  {:<24} {}\n", number(reason, "weight"), text(reason, "name"), text(reason, "detail"));
  story += "\nIn the order of time\n";
  for (const Entry& entry : entries_of(child(finding, "evidence"))) {
    story += fmt::format("  {}  {:<8} {}\n", entry.time, entry.what, entry.sentence);
    for (const std::string& detail : entry.details)
      if (!detail.empty()) story += "      " + detail + '\n';
  }
  if (const json::object left_out = child(finding, "evidence_truncated"); !left_out.empty())
    story += fmt::format("  and {} more alerts, {} more clicks, {} more sign-ins\n", number(left_out, "alerts"),
                         number(left_out, "events"), number(left_out, "signins"));
  return story;
}

std::string one_line(std::string_view finding_line) {
  const json::object finding = parse(finding_line);
  if (finding.empty()) return kNoFinding;
  return fmt::format("{:<24}  {:<8}  {:.2f}  {}  {}  {}  {}", text(finding, "time"), text(finding, "severity"),
                     number(finding, "confidence"), text(finding, "user"), text(finding, "host"), text(finding, "ip"),
                     text(finding, "id"));
}

}  // namespace findings

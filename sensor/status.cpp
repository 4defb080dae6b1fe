#include "sensor/status.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "sensor/config/values.h"
#include "sensor/findings/text.h"

namespace sensor {
namespace {

namespace json = boost::json;

json::value time_or_null(std::optional<parsers::TimePoint> time) {
  return time ? json::value(parsers::format_rfc3339(*time)) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object input_json(const ingest::Input& input) {
  const ingest::InputStats& stats = input.stats;
  const std::int64_t last = stats.last_event_micros;
  json::object vendors;
  for (std::size_t i = 0; i < stats.events.size(); ++i) {
    if (stats.events[i])
      vendors[i == 0 ? "other" : parsers::to_string(static_cast<parsers::Vendor>(i))] = stats.events[i].load();
  }
  return {{"name", input.config.name},
          {"transport", config::to_string(input.config.transport)},
          {"address", input.config.address()},
          {"received", stats.received.load()},
          {"parsed", stats.parsed.load()},
          {"quarantined", stats.quarantined.load()},
          {"dropped", stats.dropped.load()},
          {"refused", stats.refused.load()},
          {"last_event", time_or_null(last ? std::optional(parsers::from_micros(last)) : std::nullopt)},
          {"clock_skew_ms", stats.clock_skew_ms.load()},
          {"vendors", std::move(vendors)}};
}

json::object feed_json(const graph::FeedStatus& feed) {
  json::array warnings;
  for (const std::string& warning : feed.warnings) warnings.push_back(json::string(warning));
  return {{"cursor", text_or_null(feed.cursor)},
          {"last_success", time_or_null(feed.last_success)},
          {"next_poll", time_or_null(feed.next_poll)},
          {"last_error", text_or_null(feed.last_error)},
          {"records", feed.records},
          {"rejected", feed.rejected},
          {"throttled", feed.throttled},
          {"polls", feed.polls},
          {"warnings", std::move(warnings)}};
}

json::array findings_json(const std::vector<storage::FindingRow>& rows) {
  json::array findings;
  for (const storage::FindingRow& row : rows) {
    const json::value line = json::parse(row.json);
    json::object finding;
    for (const char* key : {"time", "id", "revision", "severity", "confidence", "user", "host", "ip"})
      finding[key] = line.at(key);
    findings.push_back(std::move(finding));
  }
  return findings;
}

// Reading side: a status may come from another version, so a missing key is an empty one.
const json::value& at(const json::object& object, std::string_view key) {
  static const json::value nothing;
  const json::value* found = object.if_contains(key);
  return found ? *found : nothing;
}

std::string text(const json::value& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? findings::printable(value.as_string()) : json::serialize(value);
}

std::uint64_t number(const json::value& value) { return value.is_number() ? value.to_number<std::uint64_t>() : 0; }

std::string age(const json::value& time, parsers::TimePoint now) {
  const auto parsed = time.is_string() ? parsers::parse_rfc3339(time.as_string())
                                       : parsers::Result<parsers::TimePoint>(parsers::Error{});
  if (!parsed) return "never";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *parsed).count();
  if (seconds < 0) return fmt::format("in {} s", -seconds);
  if (seconds < 120) return fmt::format("{} s ago", seconds);
  if (seconds < 7200) return fmt::format("{} min ago", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h ago", seconds / 3600);
  return fmt::format("{} days ago", seconds / 86'400);
}

constexpr std::int64_t kSkewWorthALine = 300'000;  // ms

void list_troubles(const json::object& status, std::string& out) {
  if (const auto& trouble = at(status, "trouble"); trouble.is_string()) out += fmt::format("! {}\n", text(trouble));
  for (const json::value& value : at(status, "inputs").is_array() ? at(status, "inputs").as_array() : json::array()) {
    const json::object& input = value.as_object();
    const std::string name = text(at(input, "name"));
    if (at(input, "last_event").is_null()) out += fmt::format("! input {} has received nothing\n", name);
    if (number(at(input, "dropped")))
      out += fmt::format("! input {} dropped {} messages\n", name, text(at(input, "dropped")));
    if (number(at(input, "quarantined")))
      out += fmt::format("! input {} has {} messages in quarantine\n", name, text(at(input, "quarantined")));
    if (number(at(input, "refused")))
      out += fmt::format("! input {} refused {} messages or connections of peers outside `allow`\n", name,
                         text(at(input, "refused")));
    const auto& skew = at(input, "clock_skew_ms");
    if (skew.is_int64() && std::abs(skew.as_int64()) > kSkewWorthALine) {
      out += fmt::format("! input {}: device time is {} s off; check the clock, or the input's `timezone`\n", name,
                         skew.as_int64() / 1000);
    }
  }
  if (const auto& files = at(status, "alert_files"); files.is_object()) {
    if (number(at(files.as_object(), "failed_rotations")))
      out += fmt::format("! alert files: {} lines went into a file that is full and can't be moved to archive/\n",
                         text(at(files.as_object(), "failed_rotations")));
    if (number(at(files.as_object(), "torn_lines")))
      out += fmt::format("! alert files: {} half-written lines of a crash were ended; a reader skips them\n",
                         text(at(files.as_object(), "torn_lines")));
  }
  if (at(status, "graph").is_null()) {
    out += "! Graph is not polled: [graph] tenant_id is not set\n";
    return;
  }
  for (const auto& [name, feed] : at(status, "graph").as_object()) {
    if (!feed.is_object()) continue;
    if (const auto& error = at(feed.as_object(), "last_error"); !error.is_null())
      out += fmt::format("! Graph {}: {}\n", std::string_view(name), text(error));
    const auto& warnings = at(feed.as_object(), "warnings");
    for (const json::value& warning : warnings.is_array() ? warnings.as_array() : json::array())
      out += fmt::format("! Graph {}: {}\n", std::string_view(name), text(warning));
  }
}

}  // namespace

json::object status_json(const StatusSources& sources) {
  json::array inputs;
  for (const ingest::Input& input : sources.inputs) inputs.push_back(input_json(input));
  json::value graph = nullptr;
  if (sources.poller) {
    graph = json::object{{"alerts", feed_json(sources.poller->status(graph::FeedName::alerts))},
                         {"signins", feed_json(sources.poller->status(graph::FeedName::signins))}};
  }
  const WriterView writer = sources.writer.get();
  return {{"version", LUREWATCH_VERSION},
          {"started", parsers::format_rfc3339(sources.started)},
          {"inputs", std::move(inputs)},
          {"graph", std::move(graph)},
          {"store",
           {{"events", writer.store.events},
            {"quarantined", writer.store.quarantined},
            {"bytes", writer.store.bytes_on_disk},
            {"raw_bytes", writer.store.raw_bytes},
            {"oldest", time_or_null(writer.store.oldest)},
            {"quota", sources.quota_bytes}}},
          {"correlation",
           {{"cursor_lag", writer.cursor_lag},
            {"open_windows", writer.open_windows},
            {"findings", writer.counts.findings},
            {"suppressed", writer.counts.suppressed},
            {"alerts", writer.counts.alerts},
            {"sign_ins", writer.counts.sign_ins},
            {"clicks", writer.counts.clicks}}},
          {"alert_files", {{"torn_lines", writer.torn_lines}, {"failed_rotations", writer.failed_rotations}}},
          {"last_findings", findings_json(writer.last_findings)},
          {"trouble", text_or_null(writer.trouble)}};
}

std::string status_text(const json::object& status, parsers::TimePoint now) {
  std::string out;
  list_troubles(status, out);
  if (!out.empty()) out += "\n";
  out += fmt::format("Lurewatch {}, started {}\n\n", text(at(status, "version")), age(at(status, "started"), now));

  out += fmt::format("{:<16} {:<5} {:<22} {:>11} {:>11} {:>11} {:>8}  {:<12} {:>9}\n", "input", "", "address",
                     "received", "parsed", "quarantined", "dropped", "last event", "skew");
  for (const json::value& value : at(status, "inputs").is_array() ? at(status, "inputs").as_array() : json::array()) {
    const json::object& input = value.as_object();
    const auto& skew = at(input, "clock_skew_ms");
    out += fmt::format("{:<16} {:<5} {:<22} {:>11} {:>11} {:>11} {:>8}  {:<12} {:>7} s\n", text(at(input, "name")),
                       text(at(input, "transport")), text(at(input, "address")), text(at(input, "received")),
                       text(at(input, "parsed")), text(at(input, "quarantined")), text(at(input, "dropped")),
                       age(at(input, "last_event"), now), skew.is_int64() ? skew.as_int64() / 1000 : 0);
    if (!at(input, "vendors").is_object()) continue;
    for (const auto& [vendor, count] : at(input, "vendors").as_object())
      out += fmt::format("  {:<43} {:>11}\n", std::string_view(vendor), text(count));
  }

  if (at(status, "graph").is_object()) {
    out += fmt::format("\n{:<10} {:<26} {:<14} {:<12} {:>9} {:>10}\n", "graph", "cursor", "last success", "next poll",
                       "records", "throttled");
    for (const auto& [name, value] : at(status, "graph").as_object()) {
      const json::object& feed = value.as_object();
      out += fmt::format("{:<10} {:<26} {:<14} {:<12} {:>9} {:>10}\n", std::string_view(name), text(at(feed, "cursor")),
                         age(at(feed, "last_success"), now), age(at(feed, "next_poll"), now), text(at(feed, "records")),
                         text(at(feed, "throttled")));
    }
  }

  const json::object& store = at(status, "store").as_object();
  const json::object& correlation = at(status, "correlation").as_object();
  out += fmt::format("\nstore        {} messages, {} on disk for {} received, oldest {}, quota {}\n",
                     text(at(store, "events")), config::format_size(number(at(store, "bytes"))),
                     config::format_size(number(at(store, "raw_bytes"))), age(at(store, "oldest"), now),
                     config::format_size(number(at(store, "quota"))));
  out += fmt::format(
      "correlation  {} alerts, {} sign-ins, {} clicks on lures, {} open windows, {} findings, {} suppressed\n",
      text(at(correlation, "alerts")), text(at(correlation, "sign_ins")), text(at(correlation, "clicks")),
      text(at(correlation, "open_windows")), text(at(correlation, "findings")), text(at(correlation, "suppressed")));

  if (const auto& findings = at(status, "last_findings"); findings.is_array() && !findings.as_array().empty()) {
    out += "\nlast findings\n";
    for (const json::value& value : findings.as_array()) {
      const json::object& finding = value.as_object();
      out += fmt::format("  {}  {:<6} {:>4}  {} at {} from {}  {}\n", text(at(finding, "time")),
                         text(at(finding, "severity")), text(at(finding, "confidence")), text(at(finding, "user")),
                         text(at(finding, "host")), text(at(finding, "ip")), text(at(finding, "id")));
    }
  }
  return out;
}

}  // namespace sensor

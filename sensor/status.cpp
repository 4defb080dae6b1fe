#include "sensor/status.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "parsers/native.h"
#include "sensor/config/values.h"
#include "sensor/findings/text.h"
#include "sensor/status_reading.h"

namespace sensor {
namespace {

namespace json = boost::json;

json::value time_or_null(std::optional<parsers::TimePoint> time) {
  return time ? json::value(parsers::format_rfc3339(*time)) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

// Messages in the devices' own formats, by vendor, with the way to switch them to CEF.
json::object native_json(const ingest::InputStats& stats) {
  json::object native;
  for (std::size_t i = 0; i < stats.native.size(); ++i) {
    const auto vendor = static_cast<parsers::Vendor>(i);
    if (const std::uint64_t count = stats.native[i])
      native[parsers::to_string(vendor)] =
          json::object{{"received", count}, {"advice", json::string(parsers::native_advice(vendor))}};
  }
  return native;
}

json::object reasons_json(const ingest::InputStats& stats) {
  json::object reasons;
  for (std::size_t i = 0; i < stats.reasons.size(); ++i) {
    if (const std::uint64_t count = stats.reasons[i]) reasons[ingest::kReasons[i]] = count;
  }
  return reasons;
}

// The limits of an input: what reached them.
void add_limits(const ingest::Input& input, json::object& shown) {
  const ingest::InputStats& stats = input.stats;
  shown["too_long"] = stats.too_long.load();
  if (config::is_datagram(input.config.transport)) {
    if (input.config.transport == config::Transport::unix_dgram) return;
    shown["kernel_dropped"] = stats.kernel_dropped.load();
    shown["receive_buffer"] = stats.receive_buffer_bytes.load();
    shown["receive_buffer_wanted"] = input.config.receive_buffer_bytes;
    return;
  }
  shown["connections"] = stats.connections.load();
  shown["over_limit"] = stats.over_limit.load();
  shown["idle_closed"] = stats.idle_closed.load();
  shown["stalled_closed"] = stats.stalled_closed.load();
  shown["protocol_errors"] = stats.protocol_errors.load();
  if (!input.config.has_tls()) return;
  const std::chrono::sys_seconds expires{std::chrono::seconds(stats.certificate_expires_seconds)};
  shown["failed_handshakes"] = stats.failed_handshakes.load();
  shown["certificate_expires"] = parsers::format_rfc3339(expires);
  shown["certificate_unusable"] = stats.certificate_unusable.load();
}

json::object input_json(const ingest::Input& input) {
  const ingest::InputStats& stats = input.stats;
  const std::int64_t last = stats.last_event_micros;
  json::object vendors, gaps;
  for (std::size_t i = 0; i < stats.events.size(); ++i) {
    if (stats.events[i])
      vendors[i == 0 ? "other" : parsers::to_string(static_cast<parsers::Vendor>(i))] = stats.events[i].load();
    if (i == 0 || !stats.events[i]) continue;
    gaps[parsers::to_string(static_cast<parsers::Vendor>(i))] = {{"events", stats.events[i].load()},
                                                                 {"without_url", stats.without_url[i].load()},
                                                                 {"without_user", stats.without_user[i].load()},
                                                                 {"user_unmapped", stats.user_unmapped[i].load()}};
  }
  json::object shown{{"name", input.config.name},
                     {"transport", config::to_string(input.config.transport)},
                     {"address", input.config.address()},
                     {"received", stats.received.load()},
                     {"parsed", stats.parsed.load()},
                     {"quarantined", stats.quarantined.load()},
                     {"dropped", stats.dropped.load()},
                     {"refused", stats.refused.load()},
                     {"last_event", time_or_null(last ? std::optional(parsers::from_micros(last)) : std::nullopt)},
                     {"clock_skew_ms", stats.clock_skew_ms.load()},
                     {"longest_gap_s", stats.longest_gap_micros.load() / 1'000'000},
                     {"vendors", std::move(vendors)},
                     {"gaps", std::move(gaps)},
                     {"native", native_json(stats)},
                     {"reasons", reasons_json(stats)},
                     {"quarantined_not_kept", stats.not_kept.load()}};
  add_limits(input, shown);
  return shown;
}

json::value lateness_json(const graph::LatenessStatus& late) {
  if (late.rows == 0) return nullptr;
  const auto overlap = late.suggested_overlap;
  return json::object{
      {"rows", late.rows},
      {"p50_s", late.p50.count()},
      {"p90_s", late.p90.count()},
      {"p99_s", late.p99.count()},
      {"p999_s", late.p999.count()},
      {"suggested_overlap", overlap ? json::value(config::format_duration(*overlap)) : json::value(nullptr)}};
}

json::value silence_json(const std::optional<graph::SilenceStatus>& silence) {
  if (!silence) return nullptr;
  return json::object{{"since", parsers::format_rfc3339(silence->since)},
                      {"usual_s", std::chrono::duration_cast<std::chrono::seconds>(silence->usual).count()}};
}

json::value progress_json(const std::optional<graph::Progress>& progress) {
  if (!progress) return nullptr;
  return json::object{{"from", parsers::format_rfc3339(progress->from)},
                      {"reached", parsers::format_rfc3339(progress->reached)},
                      {"until", parsers::format_rfc3339(progress->until)}};
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
          {"requests", feed.requests},
          {"fresh", feed.fresh},
          {"damaged", feed.damaged},
          {"gaps", feed.gaps},
          {"clock_skew_ms", feed.clock_ahead ? json::value(feed.clock_ahead->count()) : json::value(nullptr)},
          {"lateness", lateness_json(feed.lateness)},
          {"silence", silence_json(feed.silence)},
          {"progress", progress_json(feed.progress)},
          {"warnings", std::move(warnings)}};
}

json::object graph_json(const graph::Poller& poller) {
  json::object out{{"alerts", feed_json(poller.status(graph::FeedName::alerts))},
                   {"signins", feed_json(poller.status(graph::FeedName::signins))}};
  if (poller.polls(graph::FeedName::users)) out["users"] = feed_json(poller.status(graph::FeedName::users));
  const graph::Credential credential = poller.credential();
  out["credential"] = {{"kind", credential.kind},
                       {"expires", time_or_null(credential.expires)},
                       {"warning", text_or_null(credential.warning)}};
  return out;
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

using reading::at;

// As a person reads it.
std::string text(const json::value& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? findings::printable(value.as_string()) : json::serialize(value);
}

std::uint64_t number(const json::value& value) { return value.is_number() ? value.to_number<std::uint64_t>() : 0; }

std::string age(const json::value& time, parsers::TimePoint now) {
  const auto parsed = reading::time(time);
  if (!parsed) return "never";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *parsed).count();
  if (seconds < 0) return fmt::format("in {} s", -seconds);
  if (seconds < 120) return fmt::format("{} s ago", seconds);
  if (seconds < 7200) return fmt::format("{} min ago", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h ago", seconds / 3600);
  return fmt::format("{} days ago", seconds / 86'400);
}

// ": not_cef 3, empty 1"
std::string counts(const json::value& by_name) {
  std::string out;
  for (const auto& [name, count] : reading::object(by_name))
    out += fmt::format("{}{} {}", out.empty() ? ": " : ", ", std::string_view(name), text(count));
  return out;
}

constexpr std::int64_t kGraphSkewWorthALine = 60'000;  // ms; signed assertions and windows suffer from less

void list_feed_troubles(std::string_view name, const json::object& feed, std::string& out) {
  const auto add = [&](std::string_view what) { out += fmt::format("! Graph {}: {}\n", name, what); };
  if (const auto& error = at(feed, "last_error"); !error.is_null()) add(text(error));
  if (const auto& warning = at(feed, "warning"); !warning.is_null()) add(text(warning));
  if (const auto& silence = at(feed, "silence"); silence.is_object()) {
    add(fmt::format("nothing new since {}, though polls succeed; at this hour it is usually quiet for at most {} min",
                    text(at(silence.as_object(), "since")), number(at(silence.as_object(), "usual_s")) / 60 + 1));
  }
  if (const auto& late = at(feed, "lateness"); late.is_object()) {
    if (const auto& overlap = at(late.as_object(), "suggested_overlap"); !overlap.is_null())
      add(fmt::format("rows show up as late as the overlap reaches back: set [graph.{}] overlap = \"{}\"", name,
                      text(overlap)));
  }
  const auto& skew = at(feed, "clock_skew_ms");
  if (skew.is_int64() && std::abs(skew.as_int64()) > kGraphSkewWorthALine) {
    add(fmt::format("this machine's clock is {} s {} Microsoft's: check NTP", std::abs(skew.as_int64()) / 1000,
                    skew.as_int64() < 0 ? "behind" : "ahead of"));
  }
  const auto& warnings = at(feed, "warnings");
  for (const json::value& warning : warnings.is_array() ? warnings.as_array() : json::array()) add(text(warning));
}

std::string percentiles(const json::object& feed) {
  const auto& late = at(feed, "lateness");
  if (!late.is_object()) return "-";
  const json::object& rows = late.as_object();
  return fmt::format("{}/{}/{} s", text(at(rows, "p50_s")), text(at(rows, "p90_s")), text(at(rows, "p99_s")));
}

void list_native(const std::string& input, const json::value& native, std::string& out) {
  for (const auto& [vendor, value] : reading::object(native)) {
    const json::object& row = value.as_object();
    out += fmt::format("! input {}: {} messages of {} are not CEF. {}\n", input, text(at(row, "received")),
                       std::string_view(vendor), text(at(row, "advice")));
  }
}

constexpr std::int64_t kSkewWorthALine = 300'000;  // ms
constexpr auto kExpiryWorthALine = std::chrono::days(21);

struct Limit {
  const char *key, *told;
};
constexpr Limit kLimits[] = {
    {"refused", "refused {} messages or connections of peers outside `allow`"},
    {"over_limit",
     "closed {} connections at once: there were as many as `max_connections` or `max_connections_per_peer` allow"},
    {"stalled_closed", "closed {} connections that stopped inside a message for `frame_timeout`"},
    {"failed_handshakes", "saw {} TLS handshakes fail; the log says why"},
    {"protocol_errors", "closed {} connections that spoke no RELP"},
    {"too_long", "cut {} messages longer than `max_message`"},
    {"kernel_dropped", "lost {} datagrams in the kernel; a larger `receive_buffer` outlasts longer bursts"},
};

void list_input_limits(const json::object& input, const std::string& name, parsers::TimePoint now, std::string& out) {
  for (const auto& [key, told] : kLimits) {
    if (number(at(input, key)))
      out += fmt::format("! input {} {}\n", name, fmt::format(fmt::runtime(told), number(at(input, key))));
  }
  if (number(at(input, "receive_buffer")) < number(at(input, "receive_buffer_wanted")))
    out += fmt::format("! input {} has a receive buffer of {}, not {}: set sysctl net.core.rmem_max\n", name,
                       config::format_size(number(at(input, "receive_buffer"))),
                       config::format_size(number(at(input, "receive_buffer_wanted"))));
  if (at(input, "certificate_unusable").is_bool() && at(input, "certificate_unusable").as_bool())
    out += fmt::format("! input {}: the certificate's files have changed and can't be used; the log says why\n", name);
  const json::value& expires = at(input, "certificate_expires");
  const auto time = reading::time(expires);
  if (time && *time - now < kExpiryWorthALine)
    out += fmt::format("! input {}: its certificate {} {}\n", name, *time < now ? "has expired" : "expires",
                       text(expires));
}

void list_troubles(const json::object& status, parsers::TimePoint now, std::string& out) {
  if (const auto& trouble = at(status, "trouble"); trouble.is_string()) out += fmt::format("! {}\n", text(trouble));
  for (const json::value& value : reading::array(at(status, "inputs"))) {
    const json::object& input = value.as_object();
    const std::string name = text(at(input, "name"));
    if (at(input, "last_event").is_null()) out += fmt::format("! input {} has received nothing\n", name);
    if (number(at(input, "dropped")))
      out += fmt::format("! input {} dropped {} messages\n", name, text(at(input, "dropped")));
    if (number(at(input, "quarantined")))
      out += fmt::format("! input {} has {} messages in quarantine{}\n", name, text(at(input, "quarantined")),
                         counts(at(input, "reasons")));
    if (number(at(input, "quarantined_not_kept")))
      out += fmt::format("! input {} sent more than quarantine keeps: {} messages are only counted\n", name,
                         text(at(input, "quarantined_not_kept")));
    list_native(name, at(input, "native"), out);
    list_input_limits(input, name, now, out);
    const auto& skew = at(input, "clock_skew_ms");
    if (skew.is_int64() && std::abs(skew.as_int64()) > kSkewWorthALine) {
      out += fmt::format("! input {}: device time is {} s off; check the clock, or the input's `timezone`\n", name,
                         skew.as_int64() / 1000);
    }
  }
  const json::object& files = reading::object(at(status, "alert_files"));
  if (number(at(files, "failed_rotations")))
    out += fmt::format("! alert files: {} lines went into a file that is full and can't be moved to archive/\n",
                       text(at(files, "failed_rotations")));
  if (number(at(files, "torn_lines")))
    out += fmt::format("! alert files: {} half-written lines of a crash were ended; a reader skips them\n",
                       text(at(files, "torn_lines")));
  if (at(status, "graph").is_null()) {
    out += "! Graph is not polled: [graph] tenant_id is not set\n";
    return;
  }
  for (const auto& [name, feed] : at(status, "graph").as_object()) {
    if (feed.is_object()) list_feed_troubles(name, feed.as_object(), out);
  }
}

}  // namespace

json::object status_json(const StatusSources& sources) {
  json::array inputs;
  for (const ingest::Input& input : sources.inputs) inputs.push_back(input_json(input));
  json::value graph = nullptr;
  if (sources.poller) graph = graph_json(*sources.poller);
  const WriterView writer = sources.writer.get();
  std::error_code unknown;  // then both stay 0
  std::filesystem::space_info disk{};
  if (!sources.directory.empty()) disk = std::filesystem::space(sources.directory, unknown);
  if (unknown) disk = {};
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
            {"quota", sources.quota_bytes},
            {"disk_free", disk.available},
            {"disk_total", disk.capacity}}},
          {"correlation",
           {{"cursor_lag", writer.cursor_lag},
            {"open_windows", writer.open_windows},
            {"learning", writer.is_learning},
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
  list_troubles(status, now, out);
  if (!out.empty()) out += "\n";
  out += fmt::format("Lurewatch {}, started {}\n\n", text(at(status, "version")), age(at(status, "started"), now));

  out += fmt::format("{:<16} {:<5} {:<22} {:>11} {:>11} {:>11} {:>8}  {:<12} {:>9}\n", "input", "", "address",
                     "received", "parsed", "quarantined", "dropped", "last event", "skew");
  for (const json::value& value : reading::array(at(status, "inputs"))) {
    const json::object& input = value.as_object();
    const auto& skew = at(input, "clock_skew_ms");
    out += fmt::format("{:<16} {:<5} {:<22} {:>11} {:>11} {:>11} {:>8}  {:<12} {:>7} s\n", text(at(input, "name")),
                       text(at(input, "transport")), text(at(input, "address")), text(at(input, "received")),
                       text(at(input, "parsed")), text(at(input, "quarantined")), text(at(input, "dropped")),
                       age(at(input, "last_event"), now), skew.is_int64() ? skew.as_int64() / 1000 : 0);
    for (const auto& [vendor, count] : reading::object(at(input, "vendors")))
      out += fmt::format("  {:<43} {:>11}\n", std::string_view(vendor), text(count));
  }

  if (at(status, "graph").is_object()) {
    out += fmt::format("\n{:<10} {:<28} {:<14} {:<12} {:>9} {:>10} {:>16}\n", "graph", "cursor", "last success",
                       "next poll", "records", "throttled", "late 50/90/99%");
    for (const auto& [name, value] : at(status, "graph").as_object()) {
      if (!value.is_object() || !value.as_object().contains("cursor")) continue;
      const json::object& feed = value.as_object();
      out += fmt::format("{:<10} {:<28} {:<14} {:<12} {:>9} {:>10} {:>16}\n", std::string_view(name),
                         name == "users" ? "-" : text(at(feed, "cursor")), age(at(feed, "last_success"), now),
                         age(at(feed, "next_poll"), now), text(at(feed, "records")), text(at(feed, "throttled")),
                         percentiles(feed));
      if (const auto& progress = at(feed, "progress"); progress.is_object()) {
        const json::object& part = progress.as_object();
        out += fmt::format("  reading history: {} reached on the way from {} to {}\n", text(at(part, "reached")),
                           text(at(part, "from")), text(at(part, "until")));
      }
    }
    const auto& credential = at(at(status, "graph").as_object(), "credential");
    if (credential.is_object() && !at(credential.as_object(), "expires").is_null())
      out += fmt::format("signs in with a certificate that expires {}\n", text(at(credential.as_object(), "expires")));
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

  if (const auto* learning = correlation.if_contains("learning"); learning && *learning == true)
    out += "             the first sign-ins are still coming in; nobody is judged until they are whole\n";

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

std::string status_line(const json::object& status, parsers::TimePoint now) {
  const json::array& inputs = at(status, "inputs").as_array();
  std::uint64_t received = 0;
  for (const json::value& input : inputs) received += number(at(input.as_object(), "received"));
  const json::object& correlation = at(status, "correlation").as_object();
  std::string troubles;
  list_troubles(status, now, troubles);
  const std::string first = troubles.substr(0, troubles.find('\n'));
  return fmt::format("{} inputs, {} messages, {} findings.{}{}", inputs.size(), received,
                     text(at(correlation, "findings")), first.empty() ? "" : " ", first);
}

}  // namespace sensor

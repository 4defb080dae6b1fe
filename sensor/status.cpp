#include "sensor/status.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "parsers/native.h"
#include "sensor/config/values.h"
#include "sensor/graph_status.h"
#include "sensor/status_reading.h"
#include "sensor/status_words.h"

namespace sensor {
namespace {

namespace json = boost::json;
using reading::at;
using words::age, words::counted, words::number, words::text, words::text_or_null, words::time_or_null;

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

void add_capture(const ingest::Input& input, json::object& shown) {
  constexpr const char* kStates[] = {"reads", "no such interface", "down", "unreadable"};  // ingest::CaptureState
  const ingest::InputStats& stats = input.stats;
  shown["capture"] = kStates[static_cast<std::size_t>(stats.capture_state.load())];
  shown["filter"] = input.config.filter;
  shown["packets"] = stats.packets.load();
  shown["kernel_dropped"] = stats.kernel_dropped.load();
  shown["interface_dropped"] = stats.interface_dropped.load();
  shown["malformed_packets"] = stats.malformed_packets.load();
  shown["incomplete_packets"] = stats.incomplete_packets.load();
  shown["refused_pieces"] = stats.refused_pieces.load();
  shown["connections"] = stats.connections.load();
  shown["joined_streams"] = stats.joined_streams.load();
  shown["stream_gaps"] = stats.stream_gaps.load();
  shown["evicted_streams"] = stats.evicted_streams.load();
  shown["over_reassembly"] = stats.over_limit.load();
}

// The limits of an input: what reached them.
void add_limits(const ingest::Input& input, json::object& shown) {
  const ingest::InputStats& stats = input.stats;
  shown["too_long"] = stats.too_long.load();
  if (input.config.transport == config::Transport::tap) return add_capture(input, shown);
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

// ": not_cef 3, empty 1"
std::string counts(const json::value& by_name) {
  std::string out;
  for (const auto& [name, count] : reading::object(by_name))
    out += fmt::format("{}{} {}", out.empty() ? ": " : ", ", std::string_view(name), text(count));
  return out;
}

void list_native(const std::string& input, const json::value& native, std::string& out) {
  for (const auto& [vendor, value] : reading::object(native)) {
    const json::object& row = value.as_object();
    const std::uint64_t received = number(at(row, "received"));
    out += fmt::format("! input {}: {} {} not CEF. {}\n", input,
                       counted("{n} message{s} of ", received) + std::string(vendor), counted("{are}", received),
                       text(at(row, "advice")));
  }
}

constexpr std::int64_t kSkewWorthALine = 300'000;  // ms
constexpr auto kExpiryWorthALine = std::chrono::days(21);
constexpr auto kSilenceWorthALine = std::chrono::minutes(1);

struct Limit {
  const char *key, *told;
};
constexpr Limit kLimits[] = {
    {"refused", "refused {n} message{s} or connection{s} of peers outside `allow`"},
    {"over_limit",
     "closed {n} connection{s}: more than `max_connections` or `max_connections_per_peer` allow wanted in"},
    {"stalled_closed", "closed {n} connection{s} that stopped inside a message for `frame_timeout`"},
    {"failed_handshakes", "saw {n} TLS handshake{s} fail; the log says why"},
    {"protocol_errors", "closed {n} connection{s} that spoke no RELP"},
    {"too_long", "cut {n} message{s} longer than `max_message`"},
    {"kernel_dropped",
     "lost {n} packet{s} in the kernel; a larger `receive_buffer` (tap: `buffer`) outlasts longer bursts"},
    {"interface_dropped", "lost {n} packet{s} in the card, whatever they were; ethtool -S tells more"},
    {"stream_gaps", "passed over {n} segment{s} of TCP connections that the capture did not see"},
    {"evicted_streams", "forgot {n} TCP connection{s}: there were as many as `max_streams` allows"},
    {"over_reassembly", "gave up {n} half message{s}: `reassembly` allows no more memory"},
};

void list_capture(const json::object& input, const std::string& name, std::string& out) {
  const json::value& capture = at(input, "capture");
  if (!capture.is_string() || capture == "reads") return;
  out += fmt::format("! input {} reads nothing: interface {} is {}; it is tried again each second\n", name,
                     text(at(input, "address")), capture == "no such interface" ? "not there" : text(capture));
}

void list_input_limits(const json::object& input, const std::string& name, parsers::TimePoint now, std::string& out) {
  for (const auto& [key, told] : kLimits) {
    if (const std::uint64_t n = number(at(input, key))) out += fmt::format("! input {} {}\n", name, counted(told, n));
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

void list_damage(const json::object& store, std::string& out) {
  const std::uint64_t segments = number(at(store, "damaged_segments"));
  if (segments == 0) return;
  out += fmt::format(
      "! the store has set {} aside, {}: nothing finds their messages; the log says why, the files are "
      "{}/segments/*.db.damaged\n",
      counted("{n} damaged segment{s}", segments), config::format_size(number(at(store, "damaged_bytes"))),
      text(at(store, "directory")));
}

void list_troubles(const json::object& status, parsers::TimePoint now, std::string& out) {
  if (const auto& trouble = at(status, "trouble"); trouble.is_string()) out += fmt::format("! {}\n", text(trouble));
  list_damage(reading::object(at(status, "store")), out);
  const auto started = reading::time(at(status, "started"));
  const bool is_new = started && now - *started < kSilenceWorthALine;
  for (const json::value& value : reading::array(at(status, "inputs"))) {
    const json::object& input = value.as_object();
    const std::string name = text(at(input, "name"));
    list_capture(input, name, out);
    if (at(input, "last_event").is_null() && !is_new)
      out += fmt::format("! input {} has received nothing since the start\n", name);
    if (const std::uint64_t n = number(at(input, "dropped")))
      out += fmt::format("! input {} dropped {}\n", name, counted("{n} message{s}", n));
    if (const std::uint64_t n = number(at(input, "quarantined")))
      out += fmt::format("! input {} has {} in quarantine{}\n", name, counted("{n} message{s}", n),
                         counts(at(input, "reasons")));
    if (const std::uint64_t n = number(at(input, "quarantined_not_kept")))
      out += fmt::format("! input {} sent more than quarantine keeps: {} only counted\n", name,
                         counted("{n} message{s} {are}", n));
    list_native(name, at(input, "native"), out);
    list_input_limits(input, name, now, out);
    const auto& skew = at(input, "clock_skew_ms");
    if (skew.is_int64() && std::abs(skew.as_int64()) > kSkewWorthALine) {
      out += fmt::format("! input {}: device time is {} s off; check the clock, or the input's `timezone`\n", name,
                         skew.as_int64() / 1000);
    }
  }
  const json::object& files = reading::object(at(status, "alert_files"));
  if (const std::uint64_t n = number(at(files, "failed_rotations")))
    out += counted("! alert files: {n} line{s} went into a file that is full and can't be moved to archive/\n", n);
  if (const std::uint64_t n = number(at(files, "torn_lines")))
    out += counted("! alert files: a crash left {n} half-written line{s}, which a reader skips\n", n);
  if (at(status, "graph").is_null()) {
    out += "! Graph is not polled: [graph] tenant_id is not set\n";
    return;
  }
  list_graph_troubles(at(status, "graph").as_object(), out);
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
            {"directory", text_or_null(sources.directory)},
            {"damaged_segments", writer.store.damaged_segments},
            {"damaged_bytes", writer.store.damaged_bytes},
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
            {"clicks", writer.counts.clicks},
            {"backlog_hosts", writer.counts.backlog_hosts},
            {"users_due", writer.counts.users_due}}},
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

  if (at(status, "graph").is_object()) out += graph_text(at(status, "graph").as_object(), now);

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

  const auto hosts = number(at(correlation, "backlog_hosts")), due = number(at(correlation, "users_due"));
  if (hosts + due > 0)
    out += fmt::format("             still to do: {} hosts that alerts reach back to, {} users to judge\n", hosts, due);
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
  return fmt::format("{}, {}, {}.{}{}", counted("{n} input{s}", inputs.size()), counted("{n} message{s}", received),
                     counted("{n} finding{s}", number(at(correlation, "findings"))), first.empty() ? "" : " ", first);
}

}  // namespace sensor

#include "sensor/metrics.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

#include "sensor/ingest/reasons.h"
#include "sensor/status_reading.h"

namespace sensor {
namespace {

namespace json = boost::json;

enum class Value {
  number,
  time,
  is_null,
  is_set,
  thousandth,
  by_vendor,
  is_reads
};  // by_vendor: the sum of its `received`

struct Metric {
  std::string_view name, type, help, key;
  Value value = Value::number;
};

constexpr Metric kInputMetrics[] = {
    {"lurewatch_input_received_messages_total", "counter", "Messages received, by input.", "received"},
    {"lurewatch_input_parsed_messages_total", "counter", "Messages parsed.", "parsed"},
    {"lurewatch_input_dropped_messages_total", "counter", "Messages dropped: by the kernel, or for a full queue.",
     "dropped"},
    {"lurewatch_input_refused_total", "counter", "Messages or connections of peers that may not send.", "refused"},
    {"lurewatch_input_native_messages_total", "counter", "Messages in a device's native format instead of CEF.",
     "native", Value::by_vendor},
    {"lurewatch_input_tap_packets_total", "counter", "Packets that a capture's filter let through.", "packets"},
    {"lurewatch_input_tap_stream_gaps_total", "counter", "Segments of TCP connections that a capture did not see.",
     "stream_gaps"},
    {"lurewatch_input_tap_incomplete_packets_total", "counter", "IP packets of which a piece never came.",
     "incomplete_packets"},
    {"lurewatch_input_tap_evicted_streams_total", "counter", "TCP connections forgotten for max_streams.",
     "evicted_streams"},
    {"lurewatch_input_tap_reads", "gauge", "1: the interface is there, up and read.", "capture", Value::is_reads},
    {"lurewatch_input_last_event_timestamp_seconds", "gauge", "When the newest message came.", "last_event",
     Value::time},
    {"lurewatch_input_longest_gap_seconds", "gauge", "The longest silence since the start.", "longest_gap_s"},
    {"lurewatch_input_clock_skew_seconds", "gauge", "Time received minus device time, smoothed.", "clock_skew_ms",
     Value::thousandth},
};

constexpr Metric kVendorMetrics[] = {
    {"lurewatch_vendor_events_total", "counter", "Events, by input and vendor.", "events"},
    {"lurewatch_vendor_events_without_url_total", "counter", "Events that name no URL.", "without_url"},
    {"lurewatch_vendor_events_without_user_total", "counter", "Events that name no user.", "without_user"},
    {"lurewatch_vendor_events_unmapped_user_total", "counter", "Events whose user is no user principal name.",
     "user_unmapped"},
};

constexpr Metric kFeedMetrics[] = {
    {"lurewatch_graph_records_total", "counter", "Records received from Graph, repeats included.", "records"},
    {"lurewatch_graph_rejected_records_total", "counter", "Records that could not be read.", "rejected"},
    {"lurewatch_graph_polls_total", "counter", "Polls of Graph.", "polls"},
    {"lurewatch_graph_throttled_total", "counter", "Answers 429 of Graph.", "throttled"},
    {"lurewatch_graph_last_success_timestamp_seconds", "gauge", "When a poll last succeeded.", "last_success",
     Value::time},
    {"lurewatch_graph_up", "gauge", "1: the last poll succeeded.", "last_error", Value::is_null},
    {"lurewatch_graph_requests_total", "counter", "Requests to Graph.", "requests"},
    {"lurewatch_graph_fresh_records_total", "counter", "Records that were not seen before.", "fresh"},
    {"lurewatch_graph_damaged_answers_total", "counter", "Answers that came in part or can't be read.", "damaged"},
    {"lurewatch_graph_gaps_total", "counter", "Stretches that stayed unreadable and were passed over.", "gaps"},
    {"lurewatch_graph_clock_skew_seconds", "gauge", "This machine's clock minus Microsoft's.", "clock_skew_ms",
     Value::thousandth},
    {"lurewatch_graph_silent", "gauge", "1: nothing new for longer than is usual at this hour, though polls succeed.",
     "silence", Value::is_set},
};

constexpr Metric kLatenessMetrics[] = {
    {"lurewatch_graph_lateness_median_seconds", "gauge", "From a row's time to its first sight.", "p50_s"},
    {"lurewatch_graph_lateness_p99_seconds", "gauge", "The same, which 99 of 100 rows keep.", "p99_s"},
};

constexpr Metric kCredentialMetrics[] = {
    {"lurewatch_graph_certificate_expiry_timestamp_seconds", "gauge", "When the certificate towards Graph ends.",
     "expires", Value::time},
};

constexpr Metric kStoreMetrics[] = {
    {"lurewatch_store_messages", "gauge", "Messages in the store.", "events"},
    {"lurewatch_store_size_bytes", "gauge", "The store on disk.", "bytes"},
    {"lurewatch_store_raw_bytes", "gauge", "What was received for it.", "raw_bytes"},
    {"lurewatch_store_quota_bytes", "gauge", "[storage] quota.", "quota"},
    {"lurewatch_store_oldest_timestamp_seconds", "gauge", "Time received of the oldest message.", "oldest",
     Value::time},
    {"lurewatch_store_damaged_segments", "gauge", "Segments set aside because they are damaged.", "damaged_segments"},
    {"lurewatch_store_disk_free_bytes", "gauge", "Free on the store's file system.", "disk_free"},
    {"lurewatch_store_disk_size_bytes", "gauge", "Size of the store's file system.", "disk_total"},
};

constexpr Metric kCorrelationMetrics[] = {
    {"lurewatch_correlation_lag_messages", "gauge", "Messages on watched hosts that wait for correlation.",
     "cursor_lag"},
    {"lurewatch_correlation_open_windows", "gauge", "Alerts whose window is open.", "open_windows"},
    {"lurewatch_correlation_backlog_hosts", "gauge", "Hosts that alerts reach back to and that wait to be read.",
     "backlog_hosts"},
    {"lurewatch_correlation_users_due", "gauge", "Users who wait to be judged.", "users_due"},
    {"lurewatch_findings", "gauge", "Findings in the store.", "findings"},
    {"lurewatch_alerts", "gauge", "Defender alerts in the store.", "alerts"},
    {"lurewatch_sign_ins", "gauge", "Entra sign-ins in the store.", "sign_ins"},
    {"lurewatch_clicks", "gauge", "Messages that reached a watched host.", "clicks"},
};

constexpr Metric kSensorMetrics[] = {
    {"lurewatch_start_time_seconds", "gauge", "When the sensor started or last reloaded.", "started", Value::time},
    {"lurewatch_writing", "gauge", "1: the disk takes what is written.", "trouble", Value::is_null},
};

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

std::optional<std::string> sample(const Metric& metric, const json::object& object) {
  const json::value* value = object.if_contains(metric.key);
  if (!value) return std::nullopt;
  switch (metric.value) {
    case Value::is_null:
      return value->is_null() ? "1" : "0";
    case Value::is_set:
      return value->is_null() ? "0" : "1";
    case Value::time:
      if (const auto time = reading::time(*value))
        return fmt::format("{:.3f}", static_cast<double>(parsers::to_micros(*time)) / 1e6);
      return std::nullopt;
    case Value::thousandth:
      if (value->is_number()) return fmt::format("{:.3f}", value->to_number<double>() / 1e3);
      return std::nullopt;
    case Value::is_reads:
      return *value == "reads" ? "1" : "0";
    case Value::by_vendor: {
      double sum = 0;
      for (const auto& [vendor, counts] : reading::object(*value))
        sum += reading::number(reading::at(reading::object(counts), "received"));
      return fmt::format("{:.0f}", sum);
    }
    case Value::number:
      if (value->is_number()) return json::serialize(*value);
      return std::nullopt;
  }
  return std::nullopt;
}

struct Row {
  std::string labels;  // with braces; may be empty
  const json::object* object;
};

// The samples of one metric stand together, as the format wants.
template <std::size_t N>
void write(const Metric (&metrics)[N], const std::vector<Row>& rows, std::string& out) {
  for (const Metric& metric : metrics) {
    bool any = false;
    for (const Row& row : rows) {
      const auto value = sample(metric, *row.object);
      if (!value) continue;
      if (!any) out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", metric.name, metric.help, metric.type);
      any = true;
      out += fmt::format("{}{} {}\n", metric.name, row.labels, *value);
    }
  }
}

// One sample a reason, also where there is none yet: a counter that begins with its first message hides it from rate().
void write_quarantined(const std::vector<Row>& inputs, std::string& out) {
  if (inputs.empty()) return;
  constexpr std::string_view kName = "lurewatch_input_quarantined_messages_total";
  out += fmt::format("# HELP {0} Messages that could not be read, by reason.\n# TYPE {0} counter\n", kName);
  for (const Row& input : inputs) {
    const json::object& reasons = reading::object(reading::at(*input.object, "reasons"));
    for (const std::string_view reason : ingest::kReasons) {
      const std::string_view labels = std::string_view(input.labels).substr(0, input.labels.size() - 1);
      out += fmt::format("{}{},reason=\"{}\"}} {:.0f}\n", kName, labels, reason,
                         reading::number(reading::at(reasons, reason)));
    }
  }
}

std::string age_text(parsers::Duration age) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(age).count();
  return minutes < 120 ? fmt::format("{} min", minutes) : fmt::format("{} h", minutes / 60);
}

void check_feeds(const json::object& status, const HealthLimits& limits, parsers::TimePoint started,
                 parsers::TimePoint now, std::vector<std::string>& out) {
  if (!reading::at(status, "graph").is_object()) {
    out.push_back("Graph is not configured: no alert and no sign-in is known");
    return;
  }
  for (const auto& [name, limit] :
       {std::pair("alerts", limits.alerts_age), std::pair("signins", limits.sign_ins_age)}) {
    const json::value& feed = reading::at(reading::object(reading::at(status, "graph")), name);
    if (!feed.is_object() || reading::at(feed.as_object(), "enabled") == false) continue;
    const auto success = reading::time(reading::at(feed.as_object(), "last_success"));
    const parsers::Duration age = now - success.value_or(started);
    if (age > limit) out.push_back(fmt::format("Graph {}: no poll succeeded for {}", name, age_text(age)));
  }
}

}  // namespace

std::string metrics_text(const json::object& status) {
  std::string out = fmt::format(
      "# HELP lurewatch_build_info The version that runs.\n# TYPE lurewatch_build_info gauge\n"
      "lurewatch_build_info{{version=\"{}\"}} 1\n",
      label_value(reading::text(reading::at(status, "version"))));
  write(kSensorMetrics, {{"", &status}}, out);
  std::vector<Row> inputs, vendors, feeds, lateness;
  for (const json::value& value : reading::array(reading::at(status, "inputs"))) {
    const json::object& input = reading::object(value);
    const std::string label =
        fmt::format("input=\"{}\",transport=\"{}\"", label_value(reading::text(reading::at(input, "name"))),
                    label_value(reading::text(reading::at(input, "transport"))));
    inputs.push_back({"{" + label + "}", &input});
    for (const auto& [vendor, gaps] : reading::object(reading::at(input, "gaps")))
      vendors.push_back({fmt::format("{{{},vendor=\"{}\"}}", label, label_value(vendor)), &reading::object(gaps)});
  }
  const json::object& graph = reading::object(reading::at(status, "graph"));
  for (const auto& [name, feed] : graph) {
    if (name == "credential") continue;
    const std::string label = fmt::format("{{feed=\"{}\"}}", label_value(name));
    feeds.push_back({label, &reading::object(feed)});
    lateness.push_back({label, &reading::object(reading::at(reading::object(feed), "lateness"))});
  }
  write(kInputMetrics, inputs, out);
  write_quarantined(inputs, out);
  write(kVendorMetrics, vendors, out);
  write(kFeedMetrics, feeds, out);
  write(kLatenessMetrics, lateness, out);
  write(kCredentialMetrics, {{"", &reading::object(reading::at(graph, "credential"))}}, out);
  write(kStoreMetrics, {{"", &reading::object(reading::at(status, "store"))}}, out);
  write(kCorrelationMetrics, {{"", &reading::object(reading::at(status, "correlation"))}}, out);
  return out;
}

std::vector<std::string> ailments(const json::object& status, const HealthLimits& limits, parsers::TimePoint now) {
  std::vector<std::string> out;
  const parsers::TimePoint started = reading::time(reading::at(status, "started")).value_or(now);
  if (const json::value& trouble = reading::at(status, "trouble"); trouble.is_string())
    out.push_back(reading::text(trouble));
  const json::object& store = reading::object(reading::at(status, "store"));
  const double free = reading::number(reading::at(store, "disk_free")),
               total = reading::number(reading::at(store, "disk_total"));
  if (total > 0 && free < std::min(512.0 * (1 << 20), total / 40))
    out.push_back(fmt::format("the store's disk has {:.0f} MiB left", free / (1 << 20)));
  check_feeds(status, limits, started, now, out);
  parsers::TimePoint newest = started;
  const json::array& inputs = reading::array(reading::at(status, "inputs"));
  for (const json::value& input : inputs)
    newest = std::max(newest, reading::time(reading::at(reading::object(input), "last_event")).value_or(started));
  if (inputs.empty()) out.push_back("there is no input: nothing can arrive");
  if (!inputs.empty() && now - newest > limits.silence)
    out.push_back(fmt::format("no message arrived for {}", age_text(now - newest)));
  return out;
}

}  // namespace sensor

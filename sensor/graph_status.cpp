#include "sensor/graph_status.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cstdlib>
#include <string_view>

#include "sensor/config/values.h"
#include "sensor/status_reading.h"
#include "sensor/status_words.h"

namespace sensor {
namespace {

namespace json = boost::json;
using reading::at;
using words::age, words::number, words::text, words::text_or_null, words::time_or_null;

constexpr std::int64_t kSkewWorthALine = 60'000;  // ms; signed assertions and windows suffer from less than messages

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

json::object feed_json(const graph::FeedStatus& feed, bool enabled) {
  json::array warnings;
  for (const std::string& warning : feed.warnings) warnings.push_back(json::string(warning));
  return {{"enabled", enabled},
          {"cursor", text_or_null(feed.cursor)},
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
  if (skew.is_int64() && std::abs(skew.as_int64()) > kSkewWorthALine) {
    add(fmt::format("this machine's clock is {} s {} Microsoft's: check NTP", std::abs(skew.as_int64()) / 1000,
                    skew.as_int64() < 0 ? "behind" : "ahead of"));
  }
  for (const json::value& warning : reading::array(at(feed, "warnings"))) add(text(warning));
}

std::string percentiles(const json::object& feed) {
  const auto& late = at(feed, "lateness");
  if (!late.is_object()) return "-";
  const json::object& rows = late.as_object();
  return fmt::format("{}/{}/{} s", text(at(rows, "p50_s")), text(at(rows, "p90_s")), text(at(rows, "p99_s")));
}

std::string credential_text(const json::object& credential) {
  const auto& expires = at(credential, "expires");
  return expires.is_null() ? "" : fmt::format("signs in with a certificate that expires {}\n", text(expires));
}

std::string feed_text(std::string_view name, const json::object& feed, parsers::TimePoint now) {
  std::string out = fmt::format("{:<10} {:<28} {:<14} {:<12} {:>9} {:>10} {:>16}\n", name,
                                name == "users" ? "-" : text(at(feed, "cursor")), age(at(feed, "last_success"), now),
                                age(at(feed, "next_poll"), now), text(at(feed, "records")), text(at(feed, "throttled")),
                                percentiles(feed));
  if (const auto& progress = at(feed, "progress"); progress.is_object()) {
    const json::object& part = progress.as_object();
    out += fmt::format("  reading history: {} reached on the way from {} to {}\n", text(at(part, "reached")),
                       text(at(part, "from")), text(at(part, "until")));
  }
  return out;
}

}  // namespace

json::object graph_json(const graph::Poller& poller) {
  const auto feed = [&](graph::FeedName name) {
    const graph::FeedStatus status = poller.status(name);
    return feed_json(status, poller.polls(name) || !status.last_error.empty());
  };
  json::object out{{"alerts", feed(graph::FeedName::alerts)}, {"signins", feed(graph::FeedName::signins)}};
  if (poller.polls(graph::FeedName::users)) out["users"] = feed(graph::FeedName::users);
  const graph::Credential credential = poller.credential();
  out["credential"] = {{"kind", credential.kind},
                       {"expires", time_or_null(credential.expires)},
                       {"warning", text_or_null(credential.warning)}};
  return out;
}

void list_graph_troubles(const json::object& graph, std::string& out) {
  for (const auto& [name, feed] : graph)
    if (feed.is_object()) list_feed_troubles(name, feed.as_object(), out);
}

std::string graph_text(const json::object& graph, parsers::TimePoint now) {
  std::string out = fmt::format("\n{:<10} {:<28} {:<14} {:<12} {:>9} {:>10} {:>16}\n", "graph", "cursor",
                                "last success", "next poll", "records", "throttled", "late 50/90/99%");
  for (const auto& [name, feed] : graph)
    if (feed.is_object() && feed.as_object().contains("cursor")) out += feed_text(name, feed.as_object(), now);
  return out + credential_text(reading::object(at(graph, "credential")));
}

}  // namespace sensor

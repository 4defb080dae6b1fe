#include "sensor/simulation.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "parsers/identity.h"
#include "parsers/url.h"
#include "sensor/correlate/finding.h"

namespace sensor {
namespace {

namespace json = boost::json;

constexpr const char* kAddress = "192.0.2.77";  // RFC 5737: on no network
constexpr const char* kSource = "198.51.100.77";

}  // namespace

Simulation simulate(parsers::TimePoint now, const std::string& title) {
  const std::int64_t micros = parsers::to_micros(now);
  Simulation made;
  made.label = fmt::format("{}{}", correlate::kTestPrefix, micros);
  const std::string host = made.label + ".invalid";
  const std::string user = made.label + "@lurewatch.invalid";
  const std::string path = "/signin", url = "https://" + host + path;
  const std::string time = parsers::format_rfc3339(now);
  // Through the parsers, as Graph's own records would come.
  const json::object alert = {
      {"id", made.label},
      {"title", title},
      {"severity", "high"},
      {"serviceSource", "lurewatch simulate"},
      {"createdDateTime", time},
      {"lastUpdateDateTime", time},
      {"evidence", json::array{{{"@odata.type", "#microsoft.graph.security.urlEvidence"}, {"url", url}},
                               {{"@odata.type", "#microsoft.graph.security.userEvidence"},
                                {"userAccount", {{"userPrincipalName", user}}}}}}};
  const json::object sign_in = {{"id", made.label},          {"createdDateTime", time},
                                {"userPrincipalName", user}, {"userDisplayName", "Lurewatch test"},
                                {"ipAddress", kAddress},     {"appDisplayName", "lurewatch simulate"},
                                {"isInteractive", true},     {"status", {{"errorCode", 0}}}};
  made.alert = parsers::parse_alert_page(json::serialize(json::array{alert})).value().records.at(0);
  made.sign_in = parsers::parse_sign_in_page(json::serialize(json::array{sign_in})).value().records.at(0);
  made.message = fmt::format(
      "<14>1 {} lurewatch-simulate lurewatch - - - CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|rt={} act=Allowed "
      "app=HTTPS requestMethod=GET request={}{} suser={} src={} dst={} cs1Label=test cs1={}",
      time, micros / 1000, host, path, user, kSource, kAddress, made.label);
  made.host_key = parsers::host_key(host);
  return made;
}

void Trace::begin(std::uint64_t host_key) {
  host_key_.store(0, std::memory_order_release);
  for (auto* hop : {&facts_, &received_, &stored_, &correlated_, &written_}) hop->store(0);
  host_key_.store(host_key, std::memory_order_release);
}

void Trace::mark(std::atomic<std::int64_t>& hop, parsers::TimePoint now) {
  std::int64_t none = 0;
  hop.compare_exchange_strong(none, parsers::to_micros(now));
}

void Trace::received(parsers::TimePoint at, parsers::TimePoint stored) {
  mark(received_, at);
  mark(stored_, stored);
}

void Trace::correlated(parsers::TimePoint now) {
  if (stored_ && facts_) mark(correlated_, now);
}

void Trace::written(parsers::TimePoint now) {
  if (correlated_) mark(written_, now);
}

json::object Trace::to_json() const {
  const auto value = [](const std::atomic<std::int64_t>& hop) {
    const std::int64_t micros = hop;
    return micros ? json::value(micros) : json::value(nullptr);
  };
  return {{"facts_stored", value(facts_)},
          {"received", value(received_)},
          {"stored", value(stored_)},
          {"correlated", value(correlated_)},
          {"written", value(written_)}};
}

}  // namespace sensor

#include "sensor/findings/seed_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

#include "parsers/url.h"
#include "sensor/correlate/finding.h"
#include "sensor/correlate/fingerprint.h"
#include "sensor/correlate/seed_exact_kql.h"
#include "sensor/findings/finding_json.h"
#include "sensor/findings/json_writer.h"

namespace findings {
namespace {

using parsers::format_rfc3339;
namespace seed = correlate::seed;

constexpr std::string_view kMode = "seed-exact";
constexpr double kConfidence = 0.5;

// The join of one row.
struct Joined {
  const seed::Group& group;
  const seed::CommonSecurityLog& event;
  const seed::SigninLogs& sign_in;
  std::string request_url, source_user_name, user_principal_name;  // lower case

  Joined(const seed::Tables& tables, const seed::Run& run, const seed::Row& row)
      : group(run.groups[row.group]),
        event(tables.events[row.event]),
        sign_in(tables.sign_ins[row.sign_in]),
        request_url(correlate::kql::to_lower(event.request_url)),
        source_user_name(correlate::kql::to_lower(event.source_user_name)),
        user_principal_name(correlate::kql::to_lower(sign_in.user_principal_name)) {}
};

void write_number(JsonWriter& json, std::string_view column, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc{} && end == text.data() + text.size() && !text.empty())
    json.whole(column, value);
  else
    json.null(column);
}

void write_columns(JsonWriter& json, const Joined& row) {
  json.text("ProductName", row.group.product_name);
  json.text("AlertName", row.group.alert_name);
  json.text("Url", row.group.url);
  json.text("AlertTime", format_rfc3339(row.group.alert_time));
  json.texts("set_SystemAlertId", row.group.alert_ids);
  json.text("3plogTime", format_rfc3339(row.event.time_generated));
  json.text("DeviceVendor", row.event.device_vendor);
  json.text("DeviceProduct", row.event.device_product);
  json.text("Activity", row.event.activity);
  json.text("DestinationHostName", row.event.destination_host_name);
  json.text("DestinationIP", row.event.destination_ip);
  json.text("RequestURL", row.request_url);
  json.text("MaliciousIP", row.event.malicious_ip);
  json.text("SourceUserName", row.source_user_name);
  json.text("IndicatorThreatType", row.event.indicator_threat_type);
  write_number(json, "ThreatSeverity", row.event.threat_severity);
  json.text("ThreatConfidence", row.event.threat_confidence);
  json.text("SourceUserID", row.event.source_user_id);
  json.text("SourceHostName", row.event.source_host_name);
  json.text("IPAddress", row.sign_in.ip_address);
  json.text("SourceSystem", row.sign_in.source_system);
  json.text("SigniningTime", format_rfc3339(row.sign_in.time_generated));
  json.text("OperationName", row.sign_in.operation_name);
  json.text("ResultType", row.sign_in.result_type);
  json.text("ResultDescription", row.sign_in.result_description);
  json.text("AlternateSignInName", row.sign_in.alternate_sign_in_name);
  json.text("AppDisplayName", row.sign_in.app_display_name);
  json.text("AuthenticationRequirement", row.sign_in.authentication_requirement);
  json.text("ClientAppUsed", row.sign_in.client_app_used);
  json.text("RiskState", row.sign_in.risk_state);
  json.text("RiskLevelDuringSignIn", row.sign_in.risk_level_during_sign_in);
  json.text("UserPrincipalName", row.user_principal_name);
  json.text("Name", correlate::kql::split(row.sign_in.user_principal_name, '@', 0));
  json.text("UPNSuffix", correlate::kql::split(row.sign_in.user_principal_name, '@', 1));
}

struct Measure {
  std::size_t text_bytes, rows;
};
constexpr std::array kMeasures{Measure{8192, 20}, Measure{1024, 20}, Measure{256, 10}, Measure{128, 2}, Measure{64, 1}};

class Line {
 public:
  Line(const seed::Tables& tables, const seed::Run& run, const std::vector<SeedEvent>& events,
       const std::vector<seed::Row>& rows, const Measure& measure)
      : tables_(tables),
        run_(run),
        events_(events),
        rows_(rows),
        first_(tables, run, rows.front()),
        measure_(measure),
        json_(measure.text_bytes, kMaxLineBytes) {}

  std::string write(parsers::TimePoint time) {
    json_.text("time", format_rfc3339(time));
    json_.text("id", id());
    json_.whole("revision", 1);
    json_.text("mode", kMode);
    json_.object("rule", [&] {
      json_.text("id", correlate::kRuleId);
      json_.text("name", correlate::kRuleName);
      json_.text("version", correlate::kRuleVersion);
    });
    write_verdict();
    json_.texts("tactics", std::array{std::string_view("PrivilegeEscalation")});
    json_.texts("techniques", std::array{std::string_view("T1078")});
    write_entities();
    write_evidence();
    json_.truth("test", false);
    write_result();
    return json_.finish();
  }

 private:
  std::string id() const {
    return correlate::Fingerprint()
        .add(kMode)
        .add(correlate::kRuleId)
        .add(first_.user_principal_name)
        .add(first_.request_url)
        .add(first_.event.destination_ip)
        .add(std::to_string(parsers::to_micros(run_.from)))
        .hex();
  }

  std::string host() const {
    parsers::Url url;
    return parsers::parse_url(first_.request_url, "https", url).has_value() ? url.host
                                                                            : first_.event.destination_host_name;
  }

  void write_verdict() {
    const std::string& user = first_.user_principal_name;
    const std::string& ip = first_.event.destination_ip;
    json_.text("title", user + " connected to " + first_.request_url + " and was signed in from its address " + ip);
    json_.text("description", "The published rule gives " + std::to_string(rows_.size()) +
                                  (rows_.size() == 1 ? " row" : " rows") + ": alert \"" + first_.group.alert_name +
                                  "\" names the URL, " + first_.event.device_vendor + ' ' +
                                  first_.event.device_product + " logged it with destination " + ip + " for " + user +
                                  ", and a sign-in of that user from " + ip + " succeeded.");
    json_.text("severity", "Medium");
    json_.two_decimals("confidence", kConfidence);
    json_.objects("reasons", std::array{0}, [&](int) {
      json_.text("name", "published-rule");
      json_.two_decimals("weight", kConfidence);
      json_.text("detail", "the rule's joins hold; it knows no degrees");
    });
    json_.object("match", [&] {
      json_.text("url", "exact");
      json_.text("user", "upn");
      json_.text("ip", "same");
      json_.text("order", first_.event.time_generated <= first_.sign_in.time_generated ? "click-then-signin"
                                                                                       : "signin-then-click");
    });
    json_.text("user", user);
    json_.text("url", first_.request_url);
    json_.text("host", host());
    json_.text("ip", ip);
    std::vector<parsers::TimePoint> times;
    for (const seed::Row& row : rows_)
      times.insert(times.end(),
                   {tables_.events[row.event].time_generated, tables_.sign_ins[row.sign_in].time_generated});
    const auto [first, last] = std::ranges::minmax(times);
    json_.text("first_seen", format_rfc3339(first));
    json_.text("last_seen", format_rfc3339(last));
  }

  // entityMappings of the rule.
  void write_entities() {
    struct Entity {
      std::string_view type;
      std::vector<std::pair<std::string_view, std::string_view>> properties;
    };
    const std::string& upn = first_.sign_in.user_principal_name;
    const std::array entities{
        Entity{"account",
               {{"Name", correlate::kql::split(upn, '@', 0)}, {"UPNSuffix", correlate::kql::split(upn, '@', 1)}}},
        Entity{"ip", {{"Address", first_.event.destination_ip}}},
        Entity{"dns", {{"DomainName", first_.event.destination_host_name}}},
        Entity{"host", {{"FullName", first_.sign_in.source_system}}}, Entity{"url", {{"Url", first_.request_url}}}};
    std::int64_t number = 0;
    json_.objects("entities", entities, [&](const Entity& entity) {
      json_.text("$id", std::to_string(++number));
      json_.text("Type", entity.type);
      for (const auto& [name, value] : entity.properties) json_.text(name, value);
    });
  }

  template <class Rows>
  std::vector<typename Rows::value_type> first_of(const Rows& rows) const {
    return {rows.begin(), std::next(rows.begin(), static_cast<std::ptrdiff_t>(std::min(rows.size(), measure_.rows)))};
  }

  void write_evidence() {
    std::set<std::size_t> groups, events, sign_ins;
    for (const seed::Row& row : rows_) {
      groups.insert(row.group);
      events.insert(row.event);
      sign_ins.insert(row.sign_in);
    }
    std::set<std::string> ids;
    for (const std::size_t g : groups) ids.insert(run_.groups[g].alert_ids.begin(), run_.groups[g].alert_ids.end());
    std::vector<const seed::SecurityAlert*> alerts;
    for (const seed::SecurityAlert& alert : tables_.alerts)
      if (ids.contains(alert.system_alert_id)) alerts.push_back(&alert);
    json_.object("evidence", [&] {
      json_.objects("alerts", first_of(alerts), [&](const seed::SecurityAlert* alert) {
        json_.text("id", alert->system_alert_id);
        json_.text("time", format_rfc3339(alert->time_generated));
        json_.text("title", alert->alert_name);
      });
      json_.objects("events", first_of(events), [&](std::size_t event) { write_event(event); });
      json_.objects("signins", first_of(sign_ins),
                    [&](std::size_t sign_in) { write_sign_in(tables_.sign_ins[sign_in]); });
    });
    LeftOut{alerts.size(), events.size(), sign_ins.size(), measure_.rows}.write(json_);
  }

  void write_event(std::size_t index) {
    const seed::CommonSecurityLog& row = tables_.events[index];
    json_.text("id", std::to_string(row.event_id));
    json_.text("time", format_rfc3339(row.time_generated));
    json_.text("vendor", events_[index].vendor);
    json_.text("product", row.device_product);
    json_.text("input", events_[index].input);
    json_.text("user_raw", row.source_user_name);
    json_.text("url", row.request_url);
    json_.text("destination_address", row.destination_ip);
    json_.text("action", row.device_action);
    json_.text("outcome", events_[index].outcome);
    json_.text("raw", events_[index].raw);
  }

  void write_sign_in(const seed::SigninLogs& row) {
    json_.text("id", row.id);
    json_.text("time", format_rfc3339(row.time_generated));
    json_.text("user", row.user_principal_name);
    json_.text("address", row.ip_address);
    json_.text("app_display_name", row.app_display_name);
    json_.text("client_app_used", row.client_app_used);
  }

  void write_result() {
    json_.object("run", [&] {
      const bool is_bounded = run_.from != parsers::TimePoint::min();
      if (is_bounded) json_.text("from", format_rfc3339(run_.from));
      if (is_bounded) json_.text("to", format_rfc3339(run_.to));
      json_.whole("rows", static_cast<std::int64_t>(rows_.size()));
    });
    json_.objects("rows", first_of(rows_),
                  [&](const seed::Row& row) { write_columns(json_, Joined(tables_, run_, row)); });
  }

  const seed::Tables& tables_;
  const seed::Run& run_;
  const std::vector<SeedEvent>& events_;
  const std::vector<seed::Row>& rows_;
  Joined first_;
  const Measure& measure_;
  JsonWriter json_;
};

}  // namespace

std::string seed_row_line(const seed::Tables& tables, const seed::Run& run, const seed::Row& row) {
  JsonWriter json(1u << 20, 64u << 20);
  write_columns(json, Joined(tables, run, row));
  return json.finish();
}

std::vector<std::string> seed_finding_lines(const seed::Tables& tables, const seed::Run& run,
                                            const std::vector<SeedEvent>& events, parsers::TimePoint time) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<seed::Row>> findings;
  for (const seed::Row& row : run.rows) {
    const Joined joined(tables, run, row);
    findings[{joined.user_principal_name, joined.request_url, joined.event.destination_ip}].push_back(row);
  }
  std::vector<std::string> lines;
  for (const auto& [key, rows] : findings) {
    lines.push_back(first_that_fits(
        kMeasures, [&](const Measure& measure) { return Line(tables, run, events, rows, measure).write(time); }));
  }
  return lines;
}

}  // namespace findings

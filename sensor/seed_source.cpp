#include "sensor/seed_source.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <unordered_set>

#include "parsers/columns.h"
#include "parsers/url.h"
#include "sensor/correlate/lures.h"
#include "sensor/correlate/seed_exact_kql.h"
#include "sensor/findings/line_reader.h"
#include "sensor/stored_records.h"

namespace sensor {
namespace {

namespace json = boost::json;
namespace seed = correlate::seed;
using findings::text_of;

constexpr parsers::Duration kMaxSkew = std::chrono::days(2);  // between a device's clock and receipt

// Graph's evidence in the shape of SecurityAlert's Entities; only the kinds that Defender for Office writes.
json::array entities_of(const parsers::Alert& alert, const json::object& record) {
  json::array entities;
  const auto add = [&](const json::object& properties, const char* type) {
    json::object entity{{"$id", std::to_string(entities.size() + 2)}};
    for (const auto& property : properties) entity.insert(property);
    entity["Type"] = type;
    entities.push_back(std::move(entity));
  };
  for (const json::object* evidence : findings::rows_of(record, "evidence")) {
    const std::string_view type = text_of(*evidence, "@odata.type");
    if (type.ends_with(".urlEvidence"))
      add({{"Url", text_of(*evidence, "url")}}, "url");
    else if (type.ends_with(".mailboxEvidence"))
      add({{"MailboxPrimaryAddress", text_of(*evidence, "primaryAddress")}, {"Upn", text_of(*evidence, "upn")}},
          "mailbox");
    else if (type.ends_with(".ipEvidence"))
      add({{"Address", text_of(*evidence, "ipAddress")}}, "ip");
    else if (type.ends_with(".userEvidence"))
      add({{"Name", text_of(findings::child_of(*evidence, "userAccount"), "accountName")}}, "account");
    else if (type.ends_with(".analyzedMessageEvidence"))
      add({{"NetworkMessageId", text_of(*evidence, "networkMessageId")}}, "mailMessage");
  }
  if (record.empty()) {  // the stored record can't be read: what the columns beside it know
    for (const std::string& url : alert.urls) add({{"Url", url}}, "url");
  }
  return entities;
}

// Of a message without an event (the rule takes any vendor with any product) that of the syslog header.
parsers::TimePoint device_time(const parsers::Normalised& read, const storage::StoredEvent& stored) {
  return read.has_event ? read.event.time : read.syslog.time.value_or(stored.entry.received);
}

seed::CommonSecurityLog to_common_security_log(const storage::StoredEvent& stored, const parsers::Normalised& read,
                                               SeedScope::Clock clock) {
  seed::CommonSecurityLog row;
  row.event_id = stored.id;
  row.time_generated = row.arrived =
      clock == SeedScope::Clock::device ? device_time(read, stored) : stored.entry.received;
  const std::map<std::string_view, std::string*> targets{{"DeviceVendor", &row.device_vendor},
                                                         {"DeviceProduct", &row.device_product},
                                                         {"DeviceAction", &row.device_action},
                                                         {"Activity", &row.activity},
                                                         {"DestinationHostName", &row.destination_host_name},
                                                         {"DestinationIP", &row.destination_ip},
                                                         {"RequestURL", &row.request_url},
                                                         {"MaliciousIP", &row.malicious_ip},
                                                         {"SourceUserName", &row.source_user_name},
                                                         {"IndicatorThreatType", &row.indicator_threat_type},
                                                         {"ThreatSeverity", &row.threat_severity},
                                                         {"ThreatConfidence", &row.threat_confidence},
                                                         {"SourceUserID", &row.source_user_id},
                                                         {"SourceHostName", &row.source_host_name}};
  for (parsers::Column& column : parsers::common_security_log(read.syslog, read.cef, stored.entry.received))
    if (const auto target = targets.find(column.name); target != targets.end())
      *target->second = std::move(column.value);
  return row;
}

class Reader {
 public:
  Reader(storage::EventStore& events, Deriver& deriver, const SeedScope& scope, const std::set<std::string>& urls,
         SeedInput& input)
      : events_(events), deriver_(deriver), scope_(scope), urls_(urls.begin(), urls.end()), input_(input) {}

  void read_all() {
    std::vector<storage::EventId> ids;
    events_.scan(0, [&](const storage::StoredEvent& stored) {
      if (stored.reason.empty()) ids.push_back(stored.id);
      return true;
    });
    for (const storage::EventId id : ids)
      if (const auto stored = events_.read(id)) take(*stored);
  }

  void read_host(std::uint64_t host_key) {
    const auto early = scope_.since == parsers::TimePoint::min() ? scope_.since : scope_.since - kMaxSkew;
    const auto late = scope_.until == parsers::TimePoint::max() ? scope_.until : scope_.until + kMaxSkew;
    for (const storage::StoredEvent& stored : events_.find_by_host(host_key, early, late)) take(stored);
  }

 private:
  void take(const storage::StoredEvent& stored) {
    if (!stored.reason.empty()) return;
    const parsers::Normalised& read = deriver_.read(stored);
    if (!read.has_cef) return;
    seed::CommonSecurityLog row = to_common_security_log(stored, read, scope_.clock);
    const bool in_scope = scope_.since <= row.time_generated && row.time_generated < scope_.until;
    if (!in_scope || !seed::is_connection(row) || !urls_.contains(correlate::kql::to_lower(row.request_url))) return;
    if (!taken_.insert(stored.id).second) return;
    input_.tables.events.push_back(std::move(row));
    const parsers::Event& event = read.event;
    input_.details.push_back({stored.source.input, stored.raw,
                              read.has_event ? parsers::to_string(event.vendor) : "unknown",
                              read.has_event ? parsers::to_string(event.outcome) : "unknown"});
  }

  storage::EventStore& events_;
  Deriver& deriver_;
  const SeedScope& scope_;
  std::unordered_set<std::string> urls_;
  std::unordered_set<storage::EventId> taken_;
  SeedInput& input_;
};

}  // namespace

seed::SecurityAlert to_security_alert(const parsers::Alert& alert) {
  seed::SecurityAlert row;
  row.time_generated = row.arrived = alert.created;
  row.system_alert_id = alert.id;
  row.product_name = alert.product_name;
  row.alert_name = alert.title;
  row.entities = json::serialize(entities_of(alert, findings::parse_line(alert.raw)));
  return row;
}

std::optional<seed::SigninLogs> to_signin_logs(const parsers::SignIn& sign_in) {
  const bool is_interactive = sign_in.event_types.empty() ? sign_in.is_interactive
                                                          : std::ranges::find(sign_in.event_types, "interactiveUser") !=
                                                                sign_in.event_types.end();
  if (!is_interactive) return std::nullopt;
  const json::object record = findings::parse_line(sign_in.raw);
  // The table keeps the case and the spelling that Graph sends; the record that we normalised does not.
  const auto sent = [&](std::string_view key, const std::string& otherwise) {
    const std::string_view text = text_of(record, key);
    return text.empty() ? otherwise : std::string(text);
  };
  seed::SigninLogs row;
  row.time_generated = row.arrived = sign_in.created;
  row.id = sign_in.id;
  row.ip_address = sent("ipAddress", sign_in.address);
  row.source_system = "Azure AD";
  row.operation_name = "Sign-in activity";
  row.result_type = sign_in.error_code < 0 ? std::string() : std::to_string(sign_in.error_code);
  if (sign_in.error_code != 0) row.result_description = sign_in.failure_reason;
  row.alternate_sign_in_name = text_of(record, "alternateSignInName");
  row.app_display_name = sign_in.app_display_name;
  row.authentication_requirement = sign_in.authentication_requirement;
  row.client_app_used = sign_in.client_app_used;
  row.risk_state = sign_in.risk_state;
  row.risk_level_during_sign_in = sign_in.risk_level_during_sign_in;
  row.user_principal_name = sent("userPrincipalName", sign_in.user_principal_name);
  return row;
}

SeedInput read_seed_input(storage::EventStore& events, storage::State& state, Deriver& deriver,
                          const SeedScope& scope) {
  SeedInput input;
  std::set<std::string> urls;
  std::set<std::uint64_t> hosts;
  for_each_alert(state, [&](const parsers::Alert& alert) {
    if (alert.created < scope.since || alert.created >= scope.until) return;
    seed::SecurityAlert row = to_security_alert(alert);
    const auto summarized = seed::summarized_urls(row);
    if (summarized.empty()) return;
    urls.insert(summarized.begin(), summarized.end());
    for (const std::uint64_t key : correlate::host_keys_of(alert)) hosts.insert(key);
    for (const std::string& text : summarized) {
      parsers::Url url;
      if (parsers::parse_url(text, "https", url).has_value()) hosts.insert(parsers::host_key(url.host));
    }
    input.tables.alerts.push_back(std::move(row));
  });
  Reader reader(events, deriver, scope, urls, input);
  if (scope.messages == SeedScope::Messages::all)
    reader.read_all();
  else
    for (const std::uint64_t host : hosts) reader.read_host(host);

  std::set<std::pair<std::string, std::string>> wanted;  // address and user of a row that is left
  for (const seed::CommonSecurityLog& row : input.tables.events)
    wanted.emplace(row.destination_ip, correlate::kql::to_lower(row.source_user_name));
  for_each_sign_in(state, [&](const parsers::SignIn& sign_in) {
    if (sign_in.created < scope.since || sign_in.created >= scope.until) return;
    auto row = to_signin_logs(sign_in);
    if (row && wanted.contains({row->ip_address, correlate::kql::to_lower(row->user_principal_name)}))
      input.tables.sign_ins.push_back(std::move(*row));
  });
  return input;
}

}  // namespace sensor

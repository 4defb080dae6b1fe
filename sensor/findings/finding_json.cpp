#include "sensor/findings/finding_json.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "parsers/event.h"
#include "sensor/correlate/lures.h"
#include "sensor/findings/json_writer.h"
#include "sensor/findings/wording.h"

namespace findings {

using correlate::Click;
using correlate::Finding;
using parsers::Alert;
using parsers::format_rfc3339;
using parsers::SignIn;

namespace {

constexpr std::array<std::string_view, 2> kTactics{"InitialAccess", "CredentialAccess"};
// Spearphishing link; stolen session cookie; use of a cloud account. And an adversary in the middle, where an address
// ties the sign-in to the page.
constexpr std::array<std::string_view, 4> kTechniquesOfProxy{"T1566.002", "T1557", "T1539", "T1078.004"};
constexpr std::array<std::string_view, 3> kTechniquesOfTheft{"T1566.002", "T1539", "T1078.004"};

// How much of the evidence a line tells; the first that fits is taken.
struct Measure {
  std::size_t raw_bytes, text_bytes, rows;
};
constexpr std::array kMeasures = std::to_array<Measure>({{kMaxLineBytes, 8192, kMaxEvidencePerKind},
                                                         {8192, 8192, kMaxEvidencePerKind},
                                                         {2048, 4096, kMaxEvidencePerKind},
                                                         {1024, 2048, kMaxEvidencePerKind},
                                                         {512, 1024, kMaxEvidencePerKind},
                                                         {256, 512, kMaxEvidencePerKind},
                                                         {256, 512, kMaxEvidencePerKind / 2},
                                                         {128, 256, kMaxEvidencePerKind / 4},
                                                         {64, 128, 2},
                                                         {64, 64, 1}});  // 1 + 1 + 1 rows of hostile text: 40 KiB

template <class Row>
std::span<const Row> first_of(const std::vector<Row>& rows, const Measure& measure) {
  return std::span(rows).first(std::min(rows.size(), measure.rows));
}

const char* order_text(correlate::Order order) {
  return order == correlate::Order::click_then_signin ? "click-then-signin" : "signin-then-click";
}

class Line {
 public:
  Line(const Finding& finding, const Measure& measure)
      : finding_(finding), measure_(measure), json_(measure.text_bytes, kMaxLineBytes) {}

  std::string write(std::int64_t revision, parsers::TimePoint time) {
    json_.text("time", format_rfc3339(time));
    json_.text("id", finding_.id);
    json_.whole("revision", revision);
    json_.text("mode", correlate::kMode);
    json_.object("rule", [&] {
      json_.text("id", correlate::kRuleId);
      json_.text("name", correlate::kRuleName, correlate::kRuleName.size());
      json_.text("version", correlate::kRuleVersion);
    });
    write_verdict();
    json_.texts("tactics", kTactics);
    if (finding_.address_match < correlate::AddressMatch::asn)
      json_.texts("techniques", kTechniquesOfProxy);
    else
      json_.texts("techniques", kTechniquesOfTheft);
    write_entities();
    write_evidence();
    json_.truth("test", finding_.test);
    return json_.finish();
  }

 private:
  void write_verdict() {
    json_.text("title", title_of(finding_));
    json_.text("description", description_of(finding_));
    json_.text("severity", severity_of(finding_.confidence));
    json_.two_decimals("confidence", finding_.confidence);
    json_.objects("reasons", finding_.reasons, [&](const correlate::Reason& reason) {
      json_.text("name", reason.name);
      json_.two_decimals("weight", reason.weight);
      json_.text("detail", reason.detail);
    });
    json_.object("match", [&] {
      json_.text("url", parsers::to_string(finding_.url_match));
      json_.text("user", parsers::to_string(finding_.user_match));
      json_.text("ip", correlate::to_string(finding_.address_match));
      json_.text("order", order_text(finding_.order));
    });
    json_.text("user", finding_.user);
    json_.text("url", finding_.url);
    json_.text("host", finding_.host);
    json_.text("ip", finding_.ip);
    json_.text("first_seen", format_rfc3339(finding_.first_seen));
    json_.text("last_seen", format_rfc3339(finding_.last_seen));
  }

  struct Entity {
    std::string_view type;
    std::vector<std::pair<std::string_view, std::string>> properties;
  };

  static Entity split_entity(std::string_view type, std::string_view text, char at,
                             std::pair<std::string_view, std::string_view> names) {
    const std::size_t cut = text.find(at);
    Entity entity{type, {{names.first, std::string(text.substr(0, cut))}}};
    if (cut != std::string_view::npos) entity.properties.emplace_back(names.second, text.substr(cut + 1));
    return entity;
  }

  void write_entities() {
    std::vector<Entity> entities{split_entity("account", finding_.user, '@', {"Name", "UPNSuffix"}),
                                 {"url", {{"Url", finding_.url}}},
                                 {"ip", {{"Address", finding_.ip}}}};
    if (parsers::canonical_address(finding_.host).empty())
      entities.push_back(split_entity("host", finding_.host, '.', {"HostName", "DnsDomain"}));
    else
      entities.push_back({"host", {{"HostName", finding_.host}}});
    for (const std::string& id : message_ids()) {
      entities.push_back({"mailMessage", {{"NetworkMessageId", id}}});
      if (names_user()) entities.back().properties.emplace_back("Recipient", finding_.user);
    }
    std::int64_t number = 0;
    json_.objects("entities", entities, [&](const Entity& entity) {
      json_.text("$id", std::to_string(++number));
      json_.text("Type", entity.type);
      for (const auto& [name, value] : entity.properties) json_.text(name, value);
    });
  }

  std::vector<std::string> message_ids() const {
    std::vector<std::string> ids;
    for (const Alert& alert : first_of(finding_.alerts, measure_))
      for (const std::string& id : alert.network_message_ids)
        if (ids.size() < measure_.rows && std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
    return ids;
  }

  bool names_user() const {
    return std::ranges::any_of(finding_.alerts, [&](const Alert& alert) {
      return std::ranges::find(alert.users, finding_.user) != alert.users.end();
    });
  }

  void write_evidence() {
    json_.object("evidence", [&] {
      json_.objects("alerts", first_of(finding_.alerts, measure_), [&](const Alert& alert) { write_row(alert); });
      json_.objects("events", first_of(finding_.clicks, measure_), [&](const Click& click) { write_row(click); });
      json_.objects("signins", first_of(finding_.sign_ins, measure_), [&](const SignIn& row) { write_row(row); });
    });
    LeftOut{finding_.alerts.size(), finding_.clicks.size(), finding_.sign_ins.size(), measure_.rows}.write(json_);
  }

  void write_row(const Alert& alert) {
    json_.text("id", alert.id);
    json_.text("time", format_rfc3339(alert.created));
    json_.text("title", alert.title);
    json_.text("severity", alert.severity);
    json_.text("service_source", alert.service_source);
    json_.text("first_activity", format_rfc3339(alert.first_activity));
    json_.text("last_activity", format_rfc3339(alert.last_activity));
    std::vector<std::string_view> urls;
    for (const correlate::Lure& lure : correlate::lures_of(alert))
      if (lure.url.host == finding_.host && urls.size() < measure_.rows) urls.push_back(lure.sent);
    json_.texts("urls", urls);
    json_.texts("users", first_of(alert.users, measure_));
  }

  void write_row(const Click& click) {
    const parsers::Event& event = click.event;
    json_.text("id", std::to_string(click.event_id));
    json_.text("time", format_rfc3339(event.time));
    json_.text("vendor", parsers::to_string(event.vendor));
    json_.text("product", event.product);
    json_.text("input", click.input);
    json_.text("received", format_rfc3339(click.received));
    json_.text("user", event.user);
    json_.text("account", event.account);
    json_.text("user_raw", event.user_raw);
    json_.text("url", event.url.canonical());
    json_.text("host", event.url.host);
    json_.text("url_raw", event.url_raw);
    json_.text("source_address", event.source_address);
    json_.text("destination_address", event.destination_address);
    json_.text("action", event.action);
    json_.text("outcome", parsers::to_string(event.outcome));
    json_.texts("flags", event.flags.names());
    json_.text("raw", click.raw, measure_.raw_bytes);
  }

  void write_row(const SignIn& sign_in) {
    json_.text("id", sign_in.id);
    json_.text("time", format_rfc3339(sign_in.created));
    json_.text("user", sign_in.user_principal_name);
    json_.text("address", sign_in.address);
    json_.whole("error_code", sign_in.error_code);
    json_.text("app_display_name", sign_in.app_display_name);
    json_.text("client_app_used", sign_in.client_app_used);
    json_.text("user_agent", sign_in.user_agent);
    json_.text("resource_display_name", sign_in.resource_display_name);
    json_.text("city", sign_in.city);
    json_.text("country", sign_in.country);
    json_.truth("is_interactive", sign_in.is_interactive);
    json_.text("risk_level_during_sign_in", sign_in.risk_level_during_sign_in);
    json_.text("session_id", sign_in.session_id);
    json_.whole("autonomous_system_number", sign_in.autonomous_system_number);
  }

  const Finding& finding_;
  const Measure& measure_;
  JsonWriter json_;
};

}  // namespace

std::string to_json_line(const Finding& finding, std::int64_t revision, parsers::TimePoint time) {
  return first_that_fits(kMeasures,
                         [&](const Measure& measure) { return Line(finding, measure).write(revision, time); });
}

void LeftOut::write(JsonWriter& json) const {
  const auto beyond = [this](std::size_t rows) { return static_cast<std::int64_t>(rows - std::min(rows, shown)); };
  if (beyond(alerts) + beyond(events) + beyond(sign_ins) == 0) return;
  json.object("evidence_truncated", [&] {
    json.whole("alerts", beyond(alerts));
    json.whole("events", beyond(events));
    json.whole("signins", beyond(sign_ins));
  });
}

}  // namespace findings

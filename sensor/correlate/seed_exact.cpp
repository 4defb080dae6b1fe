#include "sensor/correlate/seed_exact.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "parsers/graph.h"
#include "sensor/correlate/seed_exact_kql.h"

namespace correlate::seed {
namespace {

namespace json = boost::json;
using parsers::TimePoint;

constexpr std::array<std::string_view, 4> kVendors{"Palo Alto Networks", "Fortinet", "Check Point", "Zscaler"};
constexpr std::array<std::string_view, 6> kProducts{"FortiGate", "PAN", "VPN", "FireWall", "NSSWeblog", "URL"};
constexpr std::size_t kMaxDepth = 64;  // of Entities; Defender nests about 8 deep

// let Alert_List = dynamic([...])
std::span<const std::string_view> alert_list() {
  static const std::vector<std::string_view> titles = [] {
    const auto& shipped = parsers::shipped_titles();
    return std::vector<std::string_view>(shipped.begin(), shipped.begin() + parsers::kRuleTitleCount);
  }();
  return titles;
}

// tostring() of a dynamic value.
std::string to_text(const json::value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string(value.get_string());
  return json::serialize(value);
}

// mv-apply Entity = Entities on (where Entity.Type == 'url' | extend EntityUrl = tostring(Entity.Url))
std::vector<std::string> entity_urls(const std::string& entities) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code failure;
  const json::value parsed = json::parse(entities, failure, {}, options);
  std::vector<std::string> urls;
  if (failure || !parsed.is_array()) return urls;
  for (const json::value& entity : parsed.get_array()) {
    if (!entity.is_object()) continue;
    const json::value* type = entity.get_object().if_contains("Type");
    if (type == nullptr || !type->is_string() || type->get_string() != "url") continue;
    const json::value* url = entity.get_object().if_contains("Url");
    urls.push_back(url == nullptr ? std::string() : to_text(*url));
  }
  return urls;
}

bool passes(const SecurityAlert& alert) {
  return kql::in_ignoring_case(alert.alert_name, alert_list()) && kql::has(alert.entities, "url");
}

struct Period {
  TimePoint from, to, executed;
  bool sees(const Times& row) const {
    return from <= row.time_generated && row.time_generated < to && row.arrived <= executed;
  }
};

bool within_window(TimePoint time, TimePoint alert_time) {
  return alert_time - kWindow <= time && time <= alert_time + kWindow;
}

// The rows of a table that a period sees, by (TimeGenerated, id).
template <class Table, class Id>
std::vector<std::size_t> seen(const Table& table, const Period& period, Id id_of) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < table.size(); ++i)
    if (period.sees(table[i])) rows.push_back(i);
  std::ranges::sort(rows, {}, [&](std::size_t i) { return std::tuple(table[i].time_generated, table[i].*id_of, i); });
  return rows;
}

std::vector<Group> summarize(const Tables& tables, const Period& period) {
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const std::size_t i : seen(tables.alerts, period, &SecurityAlert::system_alert_id)) {
    const SecurityAlert& alert = tables.alerts[i];
    if (!passes(alert)) continue;
    for (const std::string& url : entity_urls(alert.entities)) {
      const auto [at, is_new] = groups.try_emplace({alert.product_name, alert.alert_name});
      Group& group = at->second;
      if (is_new) {
        group.product_name = alert.product_name;
        group.alert_name = alert.alert_name;
        group.alert_time = alert.time_generated;
      }
      if (group.url.empty()) group.url = kql::to_lower(url);
      group.alert_time = std::min(group.alert_time, alert.time_generated);
      const bool is_known = std::ranges::find(group.alert_ids, alert.system_alert_id) != group.alert_ids.end();
      if (!is_known && group.alert_ids.size() < kMaxSet) group.alert_ids.push_back(alert.system_alert_id);
    }
  }
  std::vector<Group> ordered;
  for (auto& [key, group] : groups) ordered.push_back(std::move(group));
  return ordered;
}

using SignInsByKey = std::map<std::pair<std::string, std::string>, std::vector<std::size_t>>;

// where ResultType == 0, by the join's key (IPAddress, tolower(UserPrincipalName))
SignInsByKey successful_sign_ins(const Tables& tables, const Period& period) {
  SignInsByKey by_key;
  for (const std::size_t i : seen(tables.sign_ins, period, &SigninLogs::id)) {
    const SigninLogs& row = tables.sign_ins[i];
    if (row.result_type == "0") by_key[{row.ip_address, kql::to_lower(row.user_principal_name)}].push_back(i);
  }
  return by_key;
}

}  // namespace

std::vector<std::string> summarized_urls(const SecurityAlert& alert) {
  std::vector<std::string> urls;
  if (!passes(alert)) return urls;
  for (const std::string& url : entity_urls(alert.entities)) urls.push_back(kql::to_lower(url));
  return urls;
}

bool is_connection(const CommonSecurityLog& event) {
  const auto begins = [&](std::string_view product) { return kql::starts_with(event.device_product, product); };
  return kql::has_any(event.device_vendor, kVendors) && std::ranges::any_of(kProducts, begins) &&
         event.device_action != "Block" && !event.request_url.empty();
}

Run run(const Tables& tables, TimePoint from, TimePoint to, TimePoint executed) {
  const Period period{from, to, executed};
  Run run{from, to, executed, summarize(tables, period), {}};
  if (run.groups.empty()) return run;
  std::unordered_map<std::string, std::vector<std::size_t>> events_by_url;
  for (const std::size_t i : seen(tables.events, period, &CommonSecurityLog::event_id))
    if (is_connection(tables.events[i])) events_by_url[kql::to_lower(tables.events[i].request_url)].push_back(i);
  const SignInsByKey sign_ins = successful_sign_ins(tables, period);
  for (std::size_t g = 0; g < run.groups.size(); ++g) {
    const Group& group = run.groups[g];
    const auto events = events_by_url.find(group.url);
    if (events == events_by_url.end()) continue;
    for (const std::size_t e : events->second) {
      const CommonSecurityLog& event = tables.events[e];
      if (!within_window(event.time_generated, group.alert_time)) continue;
      const auto matching = sign_ins.find({event.destination_ip, kql::to_lower(event.source_user_name)});
      if (matching == sign_ins.end()) continue;
      for (const std::size_t s : matching->second)
        if (within_window(tables.sign_ins[s].time_generated, group.alert_time)) run.rows.push_back({g, e, s});
    }
  }
  return run;
}

std::vector<Run> run_daily(const Tables& tables, TimePoint until) {
  std::set<TimePoint> days;
  for (const SecurityAlert& alert : tables.alerts)
    if (passes(alert)) days.insert(std::chrono::floor<std::chrono::days>(alert.time_generated));
  std::vector<Run> runs;
  for (const TimePoint day : days) {
    const TimePoint end = day + kPeriod;
    if (end + kDelay <= until) runs.push_back(run(tables, day, end, end + kDelay));
  }
  return runs;
}

Run run_once(const Tables& tables) { return run(tables, TimePoint::min(), TimePoint::max(), TimePoint::max()); }

}  // namespace correlate::seed

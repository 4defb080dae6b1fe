// Mode `seed-exact`: what Microsoft Sentinel's published rule 779731f7-8ba0-4198-8524-5701b7defddc, version 1.0.3,
// gives on the same rows, clause by clause and weaknesses and all, so that the two modes can be compared. Source:
// github.com/Azure/Azure-Sentinel, Detections/MultipleDataSources/SucessfullSiginFromPhingLink.yaml.
//
// Where Kusto leaves the answer open, the first in a fixed order is taken: take_any(EntityUrl) is the first that is not
// empty by (TimeGenerated, SystemAlertId, place of the entity), make_set keeps that order, and rows come by
// (ProductName, AlertName), event time and id, sign-in time and id.
//
// Pure: tables in, rows out. Members are named as the columns of the Log Analytics tables, in snake_case.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/time.h"

namespace correlate::seed {

// When a row came to be in the workspace; a run sees it only from then on.
struct Times {
  parsers::TimePoint time_generated{}, arrived{};
};

struct SecurityAlert : Times {
  std::string system_alert_id, product_name, alert_name;
  std::string entities;  // JSON text
};

struct CommonSecurityLog : Times {
  std::uint64_t event_id = 0;
  std::string device_vendor, device_product, device_action, activity, destination_host_name, destination_ip,
      request_url, malicious_ip, source_user_name, indicator_threat_type, threat_severity, threat_confidence,
      source_user_id, source_host_name;
};

struct SigninLogs : Times {
  std::string id;
  std::string ip_address, source_system, operation_name, result_type, result_description, alternate_sign_in_name,
      app_display_name, authentication_requirement, client_app_used, risk_state, risk_level_during_sign_in,
      user_principal_name;
};

struct Tables {
  std::vector<SecurityAlert> alerts;
  std::vector<CommonSecurityLog> events;
  std::vector<SigninLogs> sign_ins;
};

// SecurityAlert | ... | summarize ... by ProductName, AlertName
struct Group {
  std::string product_name, alert_name;
  std::string url;  // lower case
  parsers::TimePoint alert_time{};
  std::vector<std::string> alert_ids;  // at most kMaxSet
};

struct Row {
  std::size_t group, event, sign_in;  // in Run::groups, and in the tables
};

struct Run {
  parsers::TimePoint from{}, to{}, executed{};  // rows of from <= TimeGenerated < to that had arrived by then
  std::vector<Group> groups;
  std::vector<Row> rows;
};

inline constexpr std::size_t kMaxSet = 100;  // make_set(SystemAlertId, 100)
inline constexpr parsers::Duration kPeriod = std::chrono::days(1);
inline constexpr parsers::Duration kDelay = std::chrono::minutes(5);  // between the end of a period and its run
inline constexpr parsers::Duration kWindow = std::chrono::hours(6);   // either side of AlertTime, both ends included

// The URLs of an alert's url entities in lower case, empty ones too: they count in min(TimeGenerated). None when the
// alert passes no clause.
std::vector<std::string> summarized_urls(const SecurityAlert& alert);
// Whether the row passes the clauses on CommonSecurityLog.
bool is_connection(const CommonSecurityLog& event);

// One run over a period.
Run run(const Tables& tables, parsers::TimePoint from, parsers::TimePoint to, parsers::TimePoint executed);

// The scheduled rule: a run for each UTC day that holds an alert, as long as it was executed by `until`.
std::vector<Run> run_daily(const Tables& tables, parsers::TimePoint until);

// One run that sees every row there is.
Run run_once(const Tables& tables);

}  // namespace correlate::seed

// Microsoft Graph's JSON as records: alerts of security/alerts_v2 and sign-ins of auditLogs/signIns (v1.0 and beta).
// Unknown properties, evidence types and enum members are passed over; a record without `id` or a readable
// `createdDateTime` is an error of that record alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/result.h"
#include "parsers/time.h"

namespace parsers {

struct Alert {
  std::string id;
  std::string title;  // as sent
  std::string service_source, detection_source, product_name, severity, status, category;
  TimePoint created{};
  TimePoint last_update{};                      // created when absent
  TimePoint first_activity{}, last_activity{};  // created when absent
  std::vector<std::string> urls;       // as sent, in order, without repeats: urlEvidence, analyzedMessageEvidence.urls,
                                       // teamsMessageEvidence.urls
  std::vector<std::string> users;      // user principal names or mail addresses, lower case, without repeats
  std::vector<std::string> addresses;  // canonical text
  std::vector<std::string> network_message_ids;
  std::string raw;  // the record's JSON
};

struct SignIn {
  std::string id;
  TimePoint created{};
  std::string user_principal_name;  // lower case
  std::string user_id, user_display_name;
  std::string address;  // canonical text of ipAddress; empty when unreadable
  int error_code = -1;  // status.errorCode; 0 is success; -1 when absent
  std::string failure_reason;
  std::string app_display_name, client_app_used, user_agent, resource_display_name;
  std::string device_id, operating_system, browser;
  std::string city, state, country;  // location.countryOrRegion
  bool is_interactive = true;
  std::string risk_level_during_sign_in, risk_state;
  std::string session_id, authentication_requirement;
  std::int64_t autonomous_system_number = 0;
  std::vector<std::string> event_types;
  std::string raw;
};

// One answer of Graph: `value` and `@odata.nextLink`. A single record, a bare array, JSON lines of records and several
// pages one after the other are taken too (recorded files).
template <class Record>
struct Page {
  std::vector<Record> records;
  std::string next_link;
  std::vector<Error> rejected;  // records that could not be read, with their offset where known
};

Result<Page<Alert>> parse_alert_page(std::string_view json);
Result<Page<SignIn>> parse_sign_in_page(std::string_view json);

// Title comparison key: zero-width and format characters dropped, white space collapsed, case folded.
std::string title_key(std::string_view title);

// The titles watched when [correlation] titles is empty.
const std::vector<std::string>& shipped_titles();

}  // namespace parsers

// Microsoft Graph's JSON as records: alerts of security/alerts_v2 and sign-ins of auditLogs/signIns (v1.0 and beta).
// Unknown properties, evidence types and enum members are passed over; a record without `id` or a readable
// `createdDateTime` is an error of that record alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/result.h"
#include "parsers/time.h"

namespace parsers {

struct Alert {
  std::string id;
  std::string title;  // as sent
  std::string service_source, detection_source, product_name, severity, status;
  std::string category;                 // the first of `categories` when absent
  std::vector<std::string> categories;  // as sent; v1.0 tells them beside the older single one
  TimePoint created{};
  TimePoint last_update{};                      // created when absent
  TimePoint first_activity{}, last_activity{};  // created when absent
  // As sent, in order, without repeats: urlEvidence, analyzedMessageEvidence.urls, teamsMessageEvidence.urls, and those
  // that stand in what a mailClusterEvidence was clustered by (clusterByValue, query).
  std::vector<std::string> urls;
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

inline constexpr std::size_t kMaxPageBytes = 64 * 1024 * 1024;   // Graph's 1000 alerts of some tens of KiB each
inline constexpr std::size_t kMaxRecordBytes = 4 * 1024 * 1024;  // the largest alerts carry hundreds of evidence items
inline constexpr std::size_t kMaxRejected = 1000;   // named for each answer; what is past them is not listed
inline constexpr std::size_t kMaxRecordDepth = 64;  // Graph nests about 8 deep

// One answer of Graph: `value` and `@odata.nextLink`. A single record, a bare array, JSON lines of records and several
// pages one after the other are taken too (recorded files); next_link is then the last page's.
template <class Record>
struct Page {
  std::vector<Record> records;
  std::string next_link;
  // What could not be read, with its offset: "bad_json", "not_a_record", "record_too_long", "no_id", "no_created",
  // "error_answer" (an object with `error`; detail is Graph's code and message), "json_cut", "too_damaged" (the rest
  // was not looked at). At most kMaxRejected.
  std::vector<Error> rejected;
  // The text ends in the middle, or is damaged so that a stretch had to be skipped: the records that stand complete
  // are here, others of the same answer never came. Take these and ask again; next_link and "no next_link" mean
  // nothing.
  bool truncated = false;
};

// A text in which nothing can be read is an Error: "empty", "too_long" (kMaxPageBytes), or the first of `rejected`
// when there is neither a record nor a page's complete `value`. Invalid UTF-8, lone surrogates and control characters
// inside strings, which a sender of mail can put there, are replaced by U+FFFD and cost no record.
Result<Page<Alert>> parse_alert_page(std::string_view json);
Result<Page<SignIn>> parse_sign_in_page(std::string_view json);

// The same while the text arrives: each record is read as soon as it stands complete and its text let go, so that a
// page takes no more memory than its records do. Whatever the pieces, the result is that of the whole text; only the
// offsets in `rejected` may leave out records that were read before. The caller limits how much it hands over. Threads:
// one. Used for one page.
template <class Record>
class PageReader {
 public:
  void take(std::string_view piece);
  Result<Page<Record>> finish();

 private:
  enum class Place { head, records, rest };
  void read_head();
  void read_records();

  Place place_ = Place::head;
  std::string text_;        // what was not read yet, behind the head
  std::string head_;        // up to the bracket that opens the records
  std::size_t wanted_ = 0;  // bytes of `text_` before it is worth looking again
  Page<Record> page_;
};
extern template class PageReader<Alert>;
extern template class PageReader<SignIn>;

// Title comparison key: zero-width and format characters dropped, every kind of white space and control collapsed to
// one blank and trimmed, case folded (ASCII, Latin-1 and Latin Extended-A; other scripts compare as they are).
std::string title_key(std::string_view title);

// The titles watched when [correlation] titles is empty: first the kRuleTitleCount of the published Sentinel rule in
// its order, then superseded spellings and Defender XDR's own titles for adversary-in-the-middle phishing.
inline constexpr std::size_t kRuleTitleCount = 11;
const std::vector<std::string>& shipped_titles();

}  // namespace parsers

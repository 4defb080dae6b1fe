#include "parsers/graph.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <limits>
#include <unordered_set>

#include "parsers/ascii.h"
#include "parsers/event.h"
#include "parsers/graph_page.h"
#include "parsers/json_scan.h"

namespace parsers {
namespace {

namespace json = boost::json;

json::value parse_json(std::string_view text, json::error_code& error) {
  json::parse_options options;
  options.max_depth = kMaxRecordDepth;
  json::value value = json::parse(text, error, {}, options);
  if (!error) return value;
  const std::string mended = mend_json_text(text);
  return mended == text ? value : json::parse(mended, error, {}, options);
}

const json::value* find(const json::object& object, std::string_view key) { return object.if_contains(key); }

const json::object* find_object(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  return value ? value->if_object() : nullptr;
}

std::string_view text_of(const json::value* value) {
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

std::string_view text_at(const json::object& object, std::string_view key) { return text_of(find(object, key)); }

// Numbers, and numbers written as text; `absent` when there is none or it does not fit.
template <class Integer>
Integer integer_at(const json::object& object, std::string_view key, Integer absent) {
  const json::value* value = find(object, key);
  if (!value) return absent;
  Integer number = absent;
  const std::string_view text = text_of(value);
  if (!text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : absent;
  }
  json::error_code error;
  number = value->to_number<Integer>(error);
  return error ? absent : number;
}

TimePoint time_at(const json::object& object, std::string_view key, TimePoint absent) {
  const auto time = parse_rfc3339(text_at(object, key));
  return time ? *time : absent;
}

// Appends what it has not seen yet.
class UniqueList {
 public:
  explicit UniqueList(std::vector<std::string>& out) : out_(out) {}

  void add(std::string text) {
    if (!text.empty() && seen_.insert(text).second) out_.push_back(std::move(text));
  }

 private:
  std::vector<std::string>& out_;
  std::unordered_set<std::string> seen_;
};

struct EvidenceLists {
  explicit EvidenceLists(Alert& alert)
      : urls(alert.urls), users(alert.users), addresses(alert.addresses), message_ids(alert.network_message_ids) {}

  UniqueList urls, users, addresses, message_ids;
};

void add_url(std::string_view text, EvidenceLists& lists) { lists.urls.add(std::string(text)); }
void add_user(std::string_view text, EvidenceLists& lists) { lists.users.add(lower_text(text)); }
void add_address(std::string_view text, EvidenceLists& lists) { lists.addresses.add(canonical_address(text)); }
void add_message_id(std::string_view text, EvidenceLists& lists) { lists.message_ids.add(std::string(text)); }

// What is read from which evidence. The property holds a text, an object, or a list of either; `inner` names the text
// inside an object.
struct EvidenceProperty {
  std::string_view type, property, inner;
  void (*add)(std::string_view, EvidenceLists&);
};
constexpr EvidenceProperty kEvidence[] = {
    {"urlEvidence", "url", "", add_url},
    {"analyzedMessageEvidence", "urls", "url", add_url},
    {"analyzedMessageEvidence", "recipientEmailAddress", "", add_user},
    {"analyzedMessageEvidence", "networkMessageId", "", add_message_id},
    {"teamsMessageEvidence", "urls", "url", add_url},
    {"mailClusterEvidence", "urls", "url", add_url},
    {"mailClusterEvidence", "networkMessageIds", "", add_message_id},
    {"userEvidence", "userAccount", "userPrincipalName", add_user},
    {"mailboxEvidence", "upn", "", add_user},
    {"mailboxEvidence", "userAccount", "userPrincipalName", add_user},
    {"mailboxEvidence", "primaryAddress", "", add_user},
    {"ipEvidence", "ipAddress", "", add_address},
};

void add_value(const json::value& value, const EvidenceProperty& row, EvidenceLists& lists) {
  const json::object* object = value.if_object();
  row.add(object ? text_at(*object, row.inner) : text_of(&value), lists);
}

void read_evidence(const json::object& evidence, EvidenceLists& lists) {
  std::string_view type = text_at(evidence, "@odata.type");
  type.remove_prefix(type.rfind('.') + 1);
  for (const EvidenceProperty& row : kEvidence) {
    const json::value* value = row.type == type ? find(evidence, row.property) : nullptr;
    if (!value) continue;
    if (const json::array* list = value->if_array()) {
      for (const json::value& item : *list) add_value(item, row, lists);
    } else {
      add_value(*value, row, lists);
    }
  }
}

template <class Record>
struct TextProperty {
  std::string_view object, property;  // object is "" for the record itself
  std::string Record::* member;
};

template <class Record, std::size_t size>
void read_texts(const json::object& object, const TextProperty<Record> (&table)[size], Record& out) {
  for (const auto& row : table) {
    const json::object* holder = row.object.empty() ? &object : find_object(object, row.object);
    if (holder) out.*row.member = text_at(*holder, row.property);
  }
}

constexpr TextProperty<Alert> kAlertTexts[] = {
    {"", "title", &Alert::title},
    {"", "serviceSource", &Alert::service_source},
    {"", "detectionSource", &Alert::detection_source},
    {"", "productName", &Alert::product_name},
    {"", "severity", &Alert::severity},
    {"", "status", &Alert::status},
    {"", "category", &Alert::category},
};

constexpr TextProperty<SignIn> kSignInTexts[] = {
    {"", "userId", &SignIn::user_id},
    {"", "userDisplayName", &SignIn::user_display_name},
    {"status", "failureReason", &SignIn::failure_reason},
    {"", "appDisplayName", &SignIn::app_display_name},
    {"", "clientAppUsed", &SignIn::client_app_used},
    {"", "userAgent", &SignIn::user_agent},
    {"", "resourceDisplayName", &SignIn::resource_display_name},
    {"deviceDetail", "deviceId", &SignIn::device_id},
    {"deviceDetail", "operatingSystem", &SignIn::operating_system},
    {"deviceDetail", "browser", &SignIn::browser},
    {"location", "city", &SignIn::city},
    {"location", "state", &SignIn::state},
    {"location", "countryOrRegion", &SignIn::country},
    {"", "riskLevelDuringSignIn", &SignIn::risk_level_during_sign_in},
    {"", "riskState", &SignIn::risk_state},
    {"", "sessionId", &SignIn::session_id},
    {"", "authenticationRequirement", &SignIn::authentication_requirement},
};

const json::array& list_at(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* value = find(object, key);
  const json::array* list = value ? value->if_array() : nullptr;
  return list ? *list : kNone;
}

void read_rest(const json::object& object, Alert& out) {
  read_texts(object, kAlertTexts, out);
  const json::array& categories = list_at(object, "categories");
  if (out.category.empty() && !categories.empty()) out.category = text_of(&categories.front());
  out.last_update = time_at(object, "lastUpdateDateTime", out.created);
  out.first_activity = time_at(object, "firstActivityDateTime", out.created);
  out.last_activity = time_at(object, "lastActivityDateTime", out.created);
  EvidenceLists lists(out);
  for (const json::value& item : list_at(object, "evidence")) {
    if (const json::object* evidence = item.if_object()) read_evidence(*evidence, lists);
  }
}

void read_rest(const json::object& object, SignIn& out) {
  read_texts(object, kSignInTexts, out);
  out.user_principal_name = lower_text(text_at(object, "userPrincipalName"));
  out.address = canonical_address(text_at(object, "ipAddress"));
  if (const json::object* status = find_object(object, "status")) out.error_code = integer_at(*status, "errorCode", -1);
  out.autonomous_system_number = integer_at<std::int64_t>(object, "autonomousSystemNumber", 0);
  for (const json::value& type : list_at(object, "signInEventTypes")) out.event_types.emplace_back(text_of(&type));
  const json::value* interactive = find(object, "isInteractive");
  const auto& types = out.event_types;
  out.is_interactive = interactive && interactive->is_bool()
                           ? interactive->get_bool()
                           : types.empty() || std::find(types.begin(), types.end(), "interactiveUser") != types.end();
}

Error error_answer(const json::object& error) {
  return {"error_answer", 0, std::string(text_at(error, "code")).append(": ").append(text_at(error, "message"))};
}

template <class Record>
Result<Record> read_record(std::string_view text) {
  if (text.size() > kMaxRecordBytes) return Error{"record_too_long", 0, {}};
  json::error_code failure;
  const json::value value = parse_json(text, failure);
  const json::object* object = failure ? nullptr : value.if_object();
  if (!object) return Error{"bad_json", 0, failure.message()};
  Record record;
  record.id = text_at(*object, "id");
  const json::object* error = find_object(*object, "error");
  if (record.id.empty() && error) return error_answer(*error);
  if (record.id.empty()) return Error{"no_id", 0, {}};
  const auto created = parse_rfc3339(text_at(*object, "createdDateTime"));
  if (!created) return Error{"no_created", 0, "createdDateTime of " + record.id + " is missing or unreadable"};
  record.created = *created;
  read_rest(*object, record);
  record.raw = json::serialize(value);
  return record;
}

template <class Record>
Result<Page<Record>> read_page(std::string_view text) {
  if (text.size() > kMaxPageBytes) return Error{"too_long", 0, {}};
  PageText parts = split_pages(text);
  Page<Record> page;
  page.rejected = std::move(parts.rejected);
  page.truncated = parts.truncated;
  page.records.reserve(parts.records.size());
  for (const PageText::Record& part : parts.records) {
    auto record = read_record<Record>(part.text);
    if (record) {
      page.records.push_back(std::move(*record));
    } else if (page.rejected.size() < kMaxRejected) {
      page.rejected.push_back({record.error().code, part.offset, record.error().detail});
    }
  }
  if (!parts.next_link.empty()) {
    json::error_code failure;
    const json::value link = parse_json(parts.next_link, failure);
    page.next_link = text_of(failure ? nullptr : &link);
  }
  const auto by_offset = [](const Error& a, const Error& b) { return a.offset < b.offset; };
  std::sort(page.rejected.begin(), page.rejected.end(), by_offset);
  if (!page.records.empty() || parts.has_page) return page;
  if (page.rejected.empty()) return Error{"empty", 0, {}};
  return page.rejected.front();
}

}  // namespace

Result<Page<Alert>> parse_alert_page(std::string_view text) { return read_page<Alert>(text); }
Result<Page<SignIn>> parse_sign_in_page(std::string_view text) { return read_page<SignIn>(text); }

}  // namespace parsers

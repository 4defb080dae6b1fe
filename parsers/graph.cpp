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
void add_mail_address(std::string_view text, EvidenceLists& lists) {
  if (text.find('@') != text.npos) add_user(text, lists);  // Teams also names people by their ids
}

// The URLs inside a text that says what messages have in common: (Url:"https://a.example/b") AND (...).
void add_urls_within(std::string_view text, EvidenceLists& lists) {
  constexpr std::string_view kEnds = " \t\r\n\"'<>()[]{};,|\\^`";
  for (std::size_t at = 0; (at = text.find("://", at)) != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(kEnds, at), text.size());
    for (const std::string_view scheme : {"https", "http"}) {
      if (end == at + 3 || !ends_with_ignoring_case(text.substr(0, at), scheme)) continue;
      add_url(text.substr(at - scheme.size(), end - at + scheme.size()), lists);
      break;
    }
    at = end;
  }
}

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
    {"teamsMessageEvidence", "recipients", "", add_mail_address},
    {"mailClusterEvidence", "urls", "url", add_url},
    {"mailClusterEvidence", "clusterByValue", "", add_urls_within},
    {"mailClusterEvidence", "query", "", add_urls_within},
    {"mailClusterEvidence", "networkMessageIds", "", add_message_id},
    {"userEvidence", "userAccount", "userPrincipalName", add_user},
    {"mailboxEvidence", "upn", "", add_user},
    {"mailboxEvidence", "userAccount", "userPrincipalName", add_user},
    {"mailboxEvidence", "primaryAddress", "", add_user},
    {"submissionMailEvidence", "recipient", "", add_user},
    {"submissionMailEvidence", "networkMessageId", "", add_message_id},
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
  for (const json::value& category : list_at(object, "categories")) out.categories.emplace_back(text_of(&category));
  if (out.category.empty() && !out.categories.empty()) out.category = out.categories.front();
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
void add_record(std::string_view text, std::size_t offset, Page<Record>& page) {
  auto record = read_record<Record>(text);
  if (record) {
    page.records.push_back(std::move(*record));
  } else if (page.rejected.size() < kMaxRejected) {
    page.rejected.push_back({record.error().code, offset, record.error().detail});
  }
}

// What stands in `text` joins `page`, which may hold records of the same answer already.
template <class Record>
Result<Page<Record>> read_page(std::string_view text, Page<Record> page = {}) {
  if (text.size() > kMaxPageBytes) return Error{"too_long", 0, {}};
  PageText parts = split_pages(text);
  page.truncated = parts.truncated;
  std::move(parts.rejected.begin(), parts.rejected.end(), std::back_inserter(page.rejected));
  page.records.reserve(page.records.size() + parts.records.size());
  for (const PageText::Record& part : parts.records) add_record(part.text, part.offset, page);
  if (!parts.next_link.empty()) {
    json::error_code failure;
    const json::value link = parse_json(parts.next_link, failure);
    page.next_link = text_of(failure ? nullptr : &link);
  }
  const auto by_offset = [](const Error& a, const Error& b) { return a.offset < b.offset; };
  std::sort(page.rejected.begin(), page.rejected.end(), by_offset);
  if (page.rejected.size() > kMaxRejected) page.rejected.resize(kMaxRejected);
  if (!page.records.empty() || parts.has_page) return page;
  if (page.rejected.empty()) return Error{"empty", 0, {}};
  return page.rejected.front();
}

}  // namespace

Result<Page<Alert>> parse_alert_page(std::string_view text) { return read_page<Alert>(text); }
Result<Page<SignIn>> parse_sign_in_page(std::string_view text) { return read_page<SignIn>(text); }

template <class Record>
void PageReader<Record>::take(std::string_view piece) {
  text_ += piece;
  if (text_.size() < wanted_) return;
  if (place_ == Place::head) read_head();
  if (place_ == Place::records) read_records();
}

template <class Record>
void PageReader<Record>::read_head() {
  constexpr std::size_t kMaxHeadBytes = 16 * 1024;
  const auto end = end_of_page_head(text_);
  if (end) {
    head_ = text_.substr(0, *end);
    text_.erase(0, *end);
    place_ = Place::records;
  } else if (text_.size() > kMaxHeadBytes) {
    place_ = Place::rest;
  }
}

template <class Record>
void PageReader<Record>::read_records() {
  const std::string_view text = text_;
  std::size_t read = 0;
  wanted_ = 0;
  while (true) {
    const std::size_t at = text.find_first_not_of(" \t\r\n,", read);
    if (at == text.npos) break;
    if (text[at] != '{') {
      place_ = Place::rest;
      break;
    }
    const std::size_t end = skip_json_value(text, at);
    if (end == text.npos) {
      if (text.size() - at > kMaxRecordBytes) place_ = Place::rest;
      wanted_ = 2 * (text.size() - at);  // doubling keeps the work linear
      break;
    }
    add_record(text.substr(at, end - at), head_.size() + at, page_);
    read = end;
  }
  text_.erase(0, read);
}

// What is left is a page as well: the head, and behind it what no record was taken from.
template <class Record>
Result<Page<Record>> PageReader<Record>::finish() {
  return read_page<Record>(head_ + text_, std::move(page_));
}

template class PageReader<Alert>;
template class PageReader<SignIn>;

}  // namespace parsers

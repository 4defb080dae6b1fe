// Palo Alto Networks: PAN-OS (a CEF template that each customer pastes by hand) and Strata log forwarding ("LF").
// Sources: docs.paloaltonetworks.com/resources/cef and the threat log field reference.
#include <algorithm>
#include <array>

#include "parsers/cef_doubt.h"
#include "parsers/vendors/fields.h"
#include "parsers/vendors/outcomes.h"
#include "parsers/vendors/record_key.h"
#include "parsers/vendors/vendor.h"
#include "parsers/vendors/web_address.h"

namespace parsers::vendors {
namespace {

using enum Outcome;

// block-continue is the page with the button; the click on it is a row of its own, "continue".
constexpr Verdicts kVerdicts{std::array<Verdict, 25>{{
    {"", "alert", allowed},
    {"", "allow", allowed},
    {"", "continue", allowed},
    {"", "override", allowed},
    {"", "syncookie-sent", allowed},
    {"", "wildfire-upload-success", allowed},
    {"", "wildfire-upload-skip", allowed},
    {"", "forward", allowed},
    {"", "block-continue", warned},
    {"", "block", blocked},
    {"", "block-url", blocked},
    {"", "block-ip", blocked},
    {"", "block-override", blocked},
    {"", "override-lockout", blocked},
    {"", "deny", blocked},
    {"", "drop", blocked},
    {"", "drop-all", blocked},
    {"", "drop-all-packets", blocked},
    {"", "drop-icmp", blocked},
    {"", "drop-reset", blocked},
    {"", "random-drop", blocked},
    {"", "reset-client", blocked},
    {"", "reset-server", blocked},
    {"", "reset-both", blocked},
    {"", "sinkhole", blocked},
}}};

// Log types whose `act` is an administrator's command or a client's event.
constexpr std::array<std::string_view, 12> kNoVerdict = {"config",      "system", "globalprotect", "hipmatch",
                                                         "hip-match",   "userid", "auth",          "iptag",
                                                         "correlation", "audit",  "vpn",           "authentication"};

// The letters that those words have at a place.
constexpr ByteSet no_verdict_letters(std::size_t place) {
  ByteSet letters;
  for (const std::string_view word : kNoVerdict) letters.add(word.substr(place, 1));
  return letters;
}

bool has_no_verdict(std::string_view type) {
  static constexpr ByteSet kFirst = no_verdict_letters(0), kSecond = no_verdict_letters(1);
  if (!type.empty() && is_alpha(type[0])) {
    if (!kFirst.has(to_lower(type[0]))) return false;
    if (type.size() > 1 && is_alpha(type[1]) && !kSecond.has(to_lower(type[1]))) return false;
  }
  return std::ranges::any_of(kNoVerdict, [type](std::string_view word) { return header_equals(type, word); });
}

bool is_product(const CefMessage& cef) {
  return header_begins_with(cef.device_product, "pan", "PAN-OS") || header_equals(cef.device_product, "lf");
}

bool recognises(const CefMessage& cef) {
  return header_begins_with(cef.device_vendor, "paloalto", "Palo Alto Networks") && is_product(cef);
}

// Type and subtype stand in the signature id, the name or `cat`, as the template's version has it.
bool log_is(const Work& work, std::string_view word) {
  return header_equals(work.cef.signature_id, word) || header_equals(work.cef.name, word) ||
         equal_ignoring_case(first_value(work.cef, {CefKey::cat}, work.scratch.other), word);
}

// 9999 is the threat id of URL filtering.
bool is_url_log(const Work& work) {
  return log_is(work, "url") || log_is(work, "(9999)") || work.cef.signature_id.ends_with("(9999)") ||
         first_value(work.cef, {CefKey::cat}, work.scratch.other).ends_with("(9999)");
}

// In logs that are not about URLs the field holds a file name, a domain name or a URL, and nothing says which.
bool looks_like_url(std::string_view text) {
  if (has_scheme(text)) return true;
  const auto slash = text.find('/');
  return slash != text.npos && slash > 0 && text.substr(0, slash).find('.') != text.npos &&
         text.substr(0, slash).find_first_of(" \\") == text.npos;
}

// The URL's field, and what it says. Customers rename the key: "PanOSURL", "requestURL", "misc".
const CefField* find_url(const CefMessage& cef, bool is_of_url_log, std::string& scratch, std::string_view& text) {
  for (const CefKey key : {CefKey::request, CefKey::PanOSURL}) {
    const CefField* const field = cef.find(key);
    if (field != nullptr && !(text = said(*field, scratch)).empty()) return field;
    if (!is_of_url_log) return nullptr;
  }
  for (const CefField& field : cef.extension) {
    const bool named = field.key == "misc" || (field.key.size() <= 16 && (contains_ignoring_case(field.key, "url")));
    const bool about_urls = contains_ignoring_case(field.key, "cat") || contains_ignoring_case(field.key, "count") ||
                            contains_ignoring_case(field.key, "idx");
    if (!named || about_urls || field.superseded) continue;
    text = said(field, scratch);
    if (looks_like_url(unquote(text))) return &field;
  }
  return nullptr;
}

void fill_web(Work& work) {
  Event& event = work.event;
  const bool url_log = is_url_log(work);
  std::string_view text;
  const CefField* const field = find_url(work.cef, url_log, work.scratch.value, text);
  if (field == nullptr) return;
  // The templates have the URL in front of every text of a client.
  if (is_behind_client_text(work.cef, *field)) event.flags.set(Flag::embedded_field);
  if (!url_log && !looks_like_url(unquote(text))) {
    assign_utf8(work, text, event.url_raw);
    event.flags.set(Flag::url_not_a_url);
    return;
  }
  const std::string_view app = first_value(work.cef, {CefKey::app}, work.scratch.other);
  const std::string_view port = first_value(work.cef, {CefKey::dpt}, work.scratch.host);
  fill_url(work, text, infer_scheme(text, app, port));
  // Decrypted traffic has another application name; "ssl" means that only the host was seen.
  if (event.has_url && equal_ignoring_case(app, "ssl") && event.url.path == "/" && event.url.query.empty()) {
    event.flags.set(Flag::url_host_only);
  }
}

// The templates have the precise time behind the device's name, with no text of a client between the two.
bool may_be_made_up(const CefMessage& cef, const CefField& field) {
  const CefField* const device = cef.find(CefKey::dvchost);
  return has_client_text(device != nullptr && device < &field ? device : cef.extension.data(), &field);
}

// A precise time that a client may have made up counts when the log's own time agrees with it.
void fill_log_time(Work& work) {
  constexpr Duration kOneLog = std::chrono::hours(1), kAnyZone = std::chrono::hours(15);
  Event& event = work.event;
  const Flags before = event.flags;
  const CefField *trusted = nullptr, *doubted = nullptr;
  for (const CefKey key : {CefKey::PanOSTimeGeneratedHighResolution, CefKey::PanTimeHighRes}) {
    const CefField* const field = work.cef.find(key);
    if (field == nullptr) continue;
    const CefField*& known = may_be_made_up(work.cef, *field) ? doubted : trusted;
    if (known == nullptr) known = field;
  }
  const CefField* const precise = trusted != nullptr ? trusted : doubted;
  fill_time(work, {precise != nullptr ? precise->id : CefKey::rt, CefKey::rt, CefKey::PanOSLogTimeStamp, CefKey::start},
            {CefKey::dtz});
  if (doubted == nullptr) return;
  if (trusted != nullptr) {
    event.flags.set(Flag::key_forged);
    return;
  }
  const TimePoint precise_time = event.time;
  const Flags precise_flags = event.flags;
  event.flags = before;
  fill_time(work, {CefKey::rt, CefKey::PanOSLogTimeStamp, CefKey::start}, {CefKey::dtz});
  const bool has_own = !event.flags.has(Flag::time_from_header) && !event.flags.has(Flag::time_from_receipt);
  const Duration limit = event.flags.has(Flag::time_without_zone) ? kAnyZone : kOneLog;
  if (has_own && std::chrono::abs(event.time - precise_time) > limit) {
    event.flags.merge(precise_flags);
    event.flags.set(Flag::key_forged);
    return;
  }
  event.time = precise_time;
  event.flags = precise_flags;
}

// "bob" of "CONTOSO\\bob", "bob@contoso.com" and "bob"; "" of a name with blanks.
std::string_view account_in(std::string_view name) {
  name = trim(name);
  if (const auto domain = name.rfind('\\'); domain != name.npos) name.remove_prefix(domain + 1);
  name = name.substr(0, name.find('@'));
  return name.find(' ') == name.npos ? name : std::string_view();
}

// Where both names stand they are one person's. Strata has a referer in front of both.
void fill_source_user(Work& work) {
  const CefField* const user = work.cef.find(CefKey::suser);
  const CefField* const other = work.cef.find(CefKey::PanOSSourceUserName);
  if (user != nullptr && other != nullptr && is_behind_client_text(work.cef, *other)) {
    const std::string_view one = account_in(user->raw), two = account_in(other->raw);
    if (!one.empty() && !two.empty() && !equal_ignoring_case(one, two)) {
      work.event.flags.set(Flag::key_forged);
      return fill_user(work, {CefKey::suser, CefKey::suser0}, {CefKey::sntdom});
    }
  }
  fill_user(work, {CefKey::suser, CefKey::suser0, CefKey::PanOSSourceUserName}, {CefKey::sntdom});
}

void fill(Work& work) {
  fill_log_time(work);
  fill_source_user(work);
  fill_addresses(work, {CefKey::src}, {CefKey::dst});
  fill_web(work);
  fill_action(work, {CefKey::act});
  if (!has_no_verdict(work.cef.name) && !has_no_verdict(work.cef.signature_id)) {
    work.event.outcome = kVerdicts.find("", work.event.action);
  }
  // Each log type has a number space of its own.
  fill_record_key(work, {{CefKey::deviceExternalId}, {CefKey::externalId}}, work.cef.name);
}

}  // namespace

const VendorModule kPaloAlto = {Vendor::paloalto, recognises, fill};

}  // namespace parsers::vendors

// Zscaler Internet Access: NSS feeds, whose CEF is a template that escapes nothing. Source: the official feed templates
// (github.com/zscaler/microsoft-resources) and help.zscaler.com, NSS feed output formats.
#include <array>

#include "parsers/vendors/fields.h"
#include "parsers/vendors/outcomes.h"
#include "parsers/vendors/record_key.h"
#include "parsers/vendors/vendor.h"
#include "parsers/vendors/web_address.h"

namespace parsers::vendors {
namespace {

using enum Outcome;

constexpr Verdicts kVerdicts{std::array<Verdict, 9>{{
    {"", "allowed", allowed},
    {"", "allow", allowed},
    {"", "blocked", blocked},
    {"", "block", blocked},
    {"", "drop", blocked},
    {"", "block/drop", blocked},
    {"", "block/icmp", blocked},
    {"", "block/reset", blocked},
    {"", "ips-drop", blocked},
}}};

bool recognises(const CefMessage& cef) { return header_equals(cef.device_vendor, "zscaler", "Zscaler"); }

// DNS feeds: "Req(allow),Res(block)". One refusal is enough.
Outcome dns_outcome(std::string_view action) {
  if (!contains_ignoring_case(action, "req(")) return unknown;
  for (const std::string_view refusal : {"block", "redir", "drop"}) {
    if (contains_ignoring_case(action, refusal)) return blocked;
  }
  return contains_ignoring_case(action, "req(allow)") ? allowed : unknown;
}

// A caution page is told by the reason, whatever the action says; going on from it is a visit.
Outcome with_reason(Outcome outcome, std::string_view reason) {
  if (!contains_ignoring_case(reason, "caution")) return outcome;
  for (const std::string_view word : {"continue", "proceed", "accepted"}) {
    if (contains_ignoring_case(reason, word)) return allowed;
  }
  return warned;
}

// A feed with the escape character set writes '=' as "%3D" and '|' as "%7C" in URLs. A query that holds "%3D" and not
// one '=' came through such a feed.
std::string_view undo_feed_escape(std::string_view url, std::string& scratch) {
  const auto question = url.find('?');
  if (question == url.npos || url.find('=') != url.npos) return url;
  if (!contains_ignoring_case(url.substr(question), "%3d")) return url;
  scratch.clear();
  for (std::size_t i = 0; i < url.size(); ++i) {
    const std::string_view code = url.substr(i, 3);
    const bool equals = equal_ignoring_case(code, "%3d"), pipe = equal_ignoring_case(code, "%7c");
    scratch += equals ? '=' : pipe ? '|' : url[i];
    if (equals || pipe) i += 2;
  }
  return scratch;
}

void fill_web(Work& work) {
  NormaliseScratch& scratch = work.scratch;
  const std::string_view app = first_value(work.cef, {CefKey::app}, scratch.other);
  const std::string_view port = first_value(work.cef, {CefKey::dpt}, scratch.joined);
  const std::string_view url = first_value(work.cef, {CefKey::request}, scratch.value);
  if (!url.empty()) {
    const std::string_view scheme = infer_scheme(url, app, port);
    fill_url(work, undo_feed_escape(url, scratch.host), scheme);
    assign_utf8(work, url, work.event.url_raw);
    return;
  }
  const std::string_view path = first_value(work.cef, {CefKey::eurlpath}, scratch.value);
  if (!path.starts_with('/')) return;
  const std::string_view scheme = infer_scheme(path, app, port);
  fill_joined_url(work, first_value(work.cef, {CefKey::dhost}, scratch.host), path, scheme);
}

// The web feeds write no zone; in the others it stands in front of all that a client chooses.
void fill_feed_time(Work& work) {
  // The feeds of CASB have no "rt", but an epoch in front of every text of a client.
  const CefField* epoch = work.cef.find(CefKey::start);
  if (epoch != nullptr && work.cef.find(CefKey::rt) == nullptr && !is_behind_client_text(work.cef, *epoch))
    return fill_time(work, {CefKey::start}, {});
  const CefField* zone = work.cef.find(CefKey::dtz);
  if (zone != nullptr && is_behind_client_text(work.cef, *zone)) {
    work.event.flags.set(Flag::key_forged);
    return fill_time(work, {CefKey::rt}, {});
  }
  fill_time(work, {CefKey::rt}, {CefKey::dtz});
}

void fill(Work& work) {
  fill_feed_time(work);
  const std::string_view location = first_value(work.cef, {CefKey::spriv}, work.scratch.host);
  fill_user(work, {CefKey::suser}, {}, location);
  fill_addresses(work, {CefKey::src, CefKey::cintip}, {CefKey::dst});
  fill_web(work);
  fill_action(work, {CefKey::act});
  Event& event = work.event;
  if (event.action.empty()) assign_utf8(work, unescape_header(work.cef.signature_id, work.scratch.value), event.action);
  event.outcome = kVerdicts.find("", event.action);
  if (event.outcome == unknown) event.outcome = dns_outcome(event.action);
  const Outcome by_reason = with_reason(event.outcome, first_value(work.cef, {CefKey::reason}, work.scratch.value));
  // In the firewall's feed `reason` is the name of a rule.
  if (by_reason != event.outcome && !header_equals(work.cef.device_product, "nssfwlog")) event.outcome = by_reason;
  // externalId is the record id of the web feed's template.
  fill_record_key(work, {{CefKey::externalId}, {CefKey::rt}}, work.cef.device_product);
}

}  // namespace

const VendorModule kZscaler = {Vendor::zscaler, recognises, fill};

}  // namespace parsers::vendors

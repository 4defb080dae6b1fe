// Fortinet: FortiGate itself (keys with the prefix FTNTFGT or FortinetFortiGate, by firmware) and FortiAnalyzer
// forwarding for it (keys without one). Source: FortiOS log message reference, FortiGate CEF support.
#include <algorithm>
#include <array>

#include "parsers/vendors/fields.h"
#include "parsers/vendors/outcomes.h"
#include "parsers/vendors/record_key.h"
#include "parsers/vendors/vendor.h"
#include "parsers/vendors/web_address.h"

namespace parsers::vendors {
namespace {

using enum Outcome;

// One word means different things in different logs. For traffic only "deny" is a block: the others are accepted
// sessions, and the word tells how they ended.
constexpr Verdicts kVerdicts{std::array<Verdict, 64>{{
    {"traffic", "deny", blocked},
    {"traffic", "accept", allowed},
    {"traffic", "pass", allowed},
    {"traffic", "start", allowed},
    {"traffic", "close", allowed},
    {"traffic", "client-rst", allowed},
    {"traffic", "server-rst", allowed},
    {"traffic", "timeout", allowed},
    {"traffic", "ip-conn", allowed},
    {"traffic", "dns", allowed},
    {"traffic", "permit", allowed},
    {"traffic", "allow", allowed},  // utmaction's
    {"traffic", "block", blocked},
    {"webfilter", "blocked", blocked},
    {"webfilter", "block", blocked},
    {"webfilter", "passthrough", allowed},
    {"webfilter", "allowed", allowed},
    {"webfilter", "exempt", allowed},
    {"virus", "blocked", blocked},
    {"virus", "passthrough", allowed},
    {"virus", "monitored", allowed},
    {"ips", "dropped", blocked},
    {"ips", "reset", blocked},
    {"ips", "reset-client", blocked},
    {"ips", "reset-server", blocked},
    {"ips", "drop-session", blocked},
    {"ips", "clear-session", blocked},
    {"ips", "blocked", blocked},
    {"ips", "detected", allowed},
    {"ips", "pass-session", allowed},
    {"anomaly", "clear-session", blocked},
    {"anomaly", "dropped", blocked},
    {"anomaly", "detected", allowed},
    {"app-ctrl", "block", blocked},
    {"app-ctrl", "reset", blocked},
    {"app-ctrl", "pass", allowed},
    {"app-ctrl", "monitor", allowed},
    {"dns", "block", blocked},
    {"dns", "redirect", blocked},
    {"dns", "pass", allowed},
    {"dlp", "block", blocked},
    {"dlp", "ban", blocked},
    {"dlp", "quarantine-ip", blocked},
    {"dlp", "log-only", allowed},
    {"dlp", "exempt", allowed},
    {"ssl", "blocked", blocked},
    {"ssl", "exempt", allowed},
    {"ssl", "passthrough", allowed},
    {"ssl", "resign-as-untrusted", allowed},
    {"ssh", "blocked", blocked},
    {"ssh", "passthrough", allowed},
    {"cifs", "blocked", blocked},
    {"cifs", "passthrough", allowed},
    {"file-filter", "blocked", blocked},
    {"file-filter", "passthrough", allowed},
    {"waf", "blocked", blocked},
    {"waf", "passthrough", allowed},
    {"emailfilter", "blocked", blocked},
    {"emailfilter", "passthrough", allowed},
    {"videofilter", "blocked", blocked},
    {"videofilter", "passthrough", allowed},
    {"casb", "block", blocked},  // FortiOS CLI reference, casb profile
    {"casb", "monitor", allowed},
    {"casb", "bypass", allowed},
}}};

// Log types by the words that name them, in "utm:webfilter", in "webfilter utm blocked", alone.
constexpr WordTable kLogTypes{std::array<WordRow<std::string_view>, 24>{{
    {"traffic", "traffic"},
    {"forward", "traffic"},
    {"local", "traffic"},
    {"sniffer", "traffic"},
    {"multicast", "traffic"},
    {"event", "event"},
    {"webfilter", "webfilter"},
    {"virus", "virus"},
    {"ips", "ips"},
    {"anomaly", "anomaly"},
    {"app-ctrl", "app-ctrl"},
    {"dns", "dns"},
    {"dlp", "dlp"},
    {"ssl", "ssl"},
    {"ssh", "ssh"},
    {"cifs", "cifs"},
    {"file-filter", "file-filter"},
    {"waf", "waf"},
    {"emailfilter", "emailfilter"},
    {"videofilter", "videofilter"},
    {"casb", "casb"},
    {"vpn", "event"},
    {"system", "event"},
    {"user", "event"},
}}};

// A page of a category with warnings is logged as "blocked"; only the message id tells it from a block.
constexpr std::string_view kWarningId = "13057";

constexpr std::array<std::string_view, 4> kProducts = {"fortigate", "fortiproxy", "fortisase", "fortios"};

bool recognises(const CefMessage& cef) {
  return header_equals(cef.device_vendor, "fortinet", "Fortinet") && std::ranges::any_of(kProducts, [&](auto name) {
           return header_begins_with(cef.device_product, name, "Fortigate");
         });
}

constexpr ByteSet kBetweenWords = ByteSet(": ");

std::string_view type_in(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(kBetweenWords.find_in(text), text.size());
    const std::string_view word = text.substr(0, end);
    if (const std::string_view* type = kLogTypes.find(word)) return *type;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::string_view log_type(const Work& work) {
  std::string& scratch = work.scratch.other;
  if (const auto type = type_in(first_value(work.cef, {CefKey::cat}, scratch)); !type.empty()) return type;
  const Keys subtypes = {CefKey::FTNTFGTsubtype, CefKey::FortinetFortiGatesubtype, CefKey::subtype};
  if (const auto type = type_in(first_value(work.cef, subtypes, scratch)); !type.empty()) return type;
  return type_in(work.cef.name);
}

void fill_web(Work& work, std::string_view type) {
  NormaliseScratch& scratch = work.scratch;
  if (type == "event") return;
  // The last key of each is the field's own name, as FortiAnalyzer writes it.
  const std::string_view url = first_value(
      work.cef, {CefKey::request, CefKey::FTNTFGTurl, CefKey::FortinetFortiGateurl, CefKey::url}, scratch.value);
  const std::string_view app =
      first_value(work.cef, {CefKey::app, CefKey::FTNTFGTservice, CefKey::FortinetFortiGateservice, CefKey::service},
                  scratch.other);
  const std::string_view port =
      first_value(work.cef, {CefKey::dpt, CefKey::FTNTFGTdstport, CefKey::FortinetFortiGatedstport}, scratch.joined);
  const std::string_view scheme = infer_scheme(url, app, port);
  const std::string_view host = first_value(
      work.cef, {CefKey::dhost, CefKey::FTNTFGThostname, CefKey::FortinetFortiGatehostname, CefKey::hostname},
      scratch.host);
  if (url.empty() || unquote(url).starts_with('/')) {
    // In traffic and IPS logs a host alone is a name of the address, which nobody need have asked for.
    if (url.empty() && type != "webfilter" && type != "app-ctrl" && type != "ssl") return;
    fill_joined_url(work, host, url, scheme);
  } else {
    fill_url(work, url, scheme);
  }
  // Without deep inspection the path of an HTTPS request is always written as "/".
  const Url& read = work.event.url;
  if (work.event.has_url && read.scheme == "https" && read.path == "/" && read.query.empty()) {
    work.event.flags.set(Flag::url_host_only);
  }
}

// From 6.2 on the time has nanoseconds, and with the session it names the record, whoever forwards it. Seconds don't.
void fill_record(Work& work) {
  constexpr std::size_t kNanosecondDigits = 16;
  const Keys times = {CefKey::FTNTFGTeventtime, CefKey::FortinetFortiGateeventtime, CefKey::eventtime};
  if (first_value(work.cef, times, work.scratch.value).size() < kNanosecondDigits) return fill_record_key(work, {});
  fill_record_key(work, {{CefKey::externalId},
                         {CefKey::FTNTFGTlogid, CefKey::FortinetFortiGatelogid, CefKey::logid},
                         {CefKey::FTNTFGTeventtime, CefKey::FortinetFortiGateeventtime, CefKey::eventtime}});
}

// HTTP transactions of FortiProxy have no action, but what inspection said.
void fill_inspection(Work& work) {
  for (const std::string_view key : {"FTNTFGTutmaction", "FortinetFortiGateutmaction", "utmaction"}) {
    if (const CefField* field = work.cef.find(key)) assign_utf8(work, unquote(field->raw), work.event.action);
  }
}

void fill(Work& work) {
  fill_time(
      work,
      {CefKey::FTNTFGTeventtime, CefKey::FortinetFortiGateeventtime, CefKey::eventtime, CefKey::rt, CefKey::start},
      {CefKey::FTNTFGTtz, CefKey::FortinetFortiGatetz, CefKey::tz, CefKey::dtz});
  fill_user(work,
            {CefKey::duser, CefKey::FTNTFGTuser, CefKey::FortinetFortiGateuser, CefKey::suser, CefKey::user,
             CefKey::FTNTFGTunauthuser, CefKey::FortinetFortiGateunauthuser, CefKey::unauthuser},
            {});
  fill_addresses(work, {CefKey::src, CefKey::FTNTFGTsrcip, CefKey::FortinetFortiGatesrcip},
                 {CefKey::dst, CefKey::FTNTFGTdstip, CefKey::FortinetFortiGatedstip});
  const std::string_view type = log_type(work);
  fill_web(work, type);
  fill_action(work, {CefKey::act, CefKey::FTNTFGTaction, CefKey::FortinetFortiGateaction});
  Event& event = work.event;
  if (event.action.empty() && event.has_url && type == "traffic") fill_inspection(work);
  event.outcome = kVerdicts.find(type, event.action);
  if (event.outcome == blocked && type == "webfilter" && work.cef.signature_id.ends_with(kWarningId)) {
    event.outcome = warned;
  }
  fill_record(work);
}

}  // namespace

const VendorModule kFortinet = {Vendor::fortinet, recognises, fill};

}  // namespace parsers::vendors

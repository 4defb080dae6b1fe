// Check Point: Log Exporter, every blade. Source: sk122323 and the exporter's CefFieldsMapping.xml.
#include <array>

#include "parsers/vendors/fields.h"
#include "parsers/vendors/outcomes.h"
#include "parsers/vendors/record_key.h"
#include "parsers/vendors/vendor.h"
#include "parsers/vendors/web_address.h"

namespace parsers::vendors {
namespace {

using enum Outcome;

// Redirect, Ask User and Inform User show a UserCheck page first. Words about administrators and tunnels ("Log In",
// "Key Install") are no verdict on a web request and stay unknown.
constexpr Verdicts kVerdicts{std::array<Verdict, 18>{{
    {"", "accept", allowed},
    {"", "allow", allowed},
    {"", "bypass", allowed},
    {"", "https-bypass", allowed},
    {"", "https-inspect", allowed},
    {"", "detect", allowed},
    {"", "encrypt", allowed},
    {"", "decrypt", allowed},
    {"", "redirect", warned},
    {"", "ask-user", warned},
    {"", "inform-user", warned},
    {"", "inform", warned},
    {"", "drop", blocked},
    {"", "reject", blocked},
    {"", "block", blocked},
    {"", "prevent", blocked},
    {"", "quarantine", blocked},
    {"", "failed-log-in", blocked},
}}};

bool recognises(const CefMessage& cef) { return header_equals(cef.device_vendor, "checkpoint", "Check Point"); }

void fill_web(Work& work) {
  NormaliseScratch& scratch = work.scratch;
  const std::string_view url = first_value(work.cef, {CefKey::request, CefKey::resource}, scratch.value);
  if (url.empty()) return;
  const std::string_view app = first_value(work.cef, {CefKey::service_id, CefKey::app}, scratch.other);
  const std::string_view port = first_value(work.cef, {CefKey::dpt}, scratch.host);
  fill_url(work, url, infer_scheme(url, app, port));
}

// One stored row reads "act=Accept =0.0.0.0": a key was lost on the way.
std::string_view without_lost_key(std::string_view action) { return action.substr(0, action.find(" =")); }

void fill(Work& work) {
  fill_time(work, {CefKey::rt, CefKey::start}, {CefKey::dtz});
  fill_user(work, {CefKey::suser, CefKey::src_user_name, CefKey::src_user_dn, CefKey::duser},
            {CefKey::sntdom, CefKey::sourceNtDomain});
  fill_addresses(work, {CefKey::src}, {CefKey::dst});
  fill_web(work);
  fill_action(work, {CefKey::act});
  work.event.outcome = kVerdicts.find("", without_lost_key(work.event.action));
  fill_record_key(work, {{CefKey::loguid}});
}

}  // namespace

const VendorModule kCheckPoint = {Vendor::checkpoint, recognises, fill};

}  // namespace parsers::vendors

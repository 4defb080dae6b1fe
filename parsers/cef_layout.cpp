// Sources: PAN's CEF templates (docs.paloaltonetworks.com/resources/cef), FortiOS Log Message Reference ("CEF
// support"), Zscaler's NSS feed templates, and for Check Point the rows that Log Exporter wrote.
#include "parsers/cef_layout.h"

#include <algorithm>
#include <iterator>

#include "parsers/cef_doubt.h"
#include "parsers/header_text.h"

namespace parsers {

constexpr void Layout::watch(std::span<const CefKey> keys, bool may_be_settled) {
  for (const CefKey key : keys) {
    late_keys.add(key);
    watched_keys.add(key);
    if (may_be_settled) settled_keys.add(key);
  }
}

constexpr Layout::Layout(Vendor name, std::span<const Late> late_rows, std::span<const Place> place_rows)
    : vendor(name.usual),
      folded_vendor(name.folded),
      late(late_rows),
      places(place_rows),
      watched_keys(kClientControlled) {
  for (const Late& row : late) {
    const bool may_be_settled = row.in_front_of != CefKey::unknown;
    watch(row.keys, may_be_settled);
    if (may_be_settled) settled_by = row.in_front_of;
  }
}

constexpr Layout::Layout(Vendor name, std::span<const Place> place_rows, std::span<const Order> order_rows, CefKey mark)
    : vendor(name.usual),
      folded_vendor(name.folded),
      places(place_rows),
      order(order_rows),
      order_mark(mark),
      watched_keys(kClientControlled),
      settled_by(mark) {
  for (const Order& row : order) watch(row.keys, row.behind == mark);
}

namespace {

using Place = Layout::Place;
using Late = Layout::Late;
using Order = Layout::Order;

// Both: rows sorted by name, and those in the order of CommonSecurityLog's columns, have one of them behind a text.
constexpr CefKey kPaloAltoMarks[] = {CefKey::rt, CefKey::deviceExternalId};
constexpr CefKey kPaloAltoKeys[] = {
    CefKey::suser,
    CefKey::suser0,
    CefKey::duser,
    CefKey::duser0,
    CefKey::PanOSSourceUserName,
    CefKey::sntdom,
    CefKey::dntdom,
    CefKey::src,
    CefKey::dst,
    CefKey::c6a2,
    CefKey::c6a3,
    CefKey::dhost,
    CefKey::app,
    CefKey::act,
    CefKey::rt,
    CefKey::start,
    CefKey::dtz,
    CefKey::outcome,
    CefKey::shost,
    CefKey::smac,
    CefKey::dmac,
    CefKey::sourceDnsDomain,
    CefKey::destinationDnsDomain,
};
// WildFire's template has it behind the name of the cloud.
constexpr CefKey kPaloAltoMessage[] = {CefKey::msg};
constexpr Late kLateForPaloAlto[] = {
    {.marks = kPaloAltoMarks, .keys = kPaloAltoKeys, .needed = Layout::Marks::all},
    {.marks = kPaloAltoMarks, .keys = kPaloAltoMessage, .behind = CefKey::filePath, .needed = Layout::Marks::all},
};

constexpr CefKey kFortinetUsers[] = {
    CefKey::duser,
    CefKey::suser,
    CefKey::user,
    CefKey::unauthuser,
    CefKey::FTNTFGTuser,
    CefKey::FTNTFGTunauthuser,
    CefKey::FortinetFortiGateuser,
    CefKey::FortinetFortiGateunauthuser,
};
// Every row of FortiOS has them in front; what people write by hand has a "cat" at the most.
constexpr CefKey kFortinetMark[] = {CefKey::FTNTFGTlogid, CefKey::FTNTFGTsubtype, CefKey::FortinetFortiGatelogid,
                                    CefKey::logid};
// FortiOS's own, that of 6.0 to 6.2, and FortiAnalyzer's two.
constexpr std::string_view kFortinetPrefixes[] = {"FTNTFGT", "FortinetFortiGate", "ad.", ""};
// Of intrusion prevention and of HTTP transactions, in front of the URL. They have the user behind it.
constexpr std::string_view kIntrusion = "attack", kTransaction = "scheme";
constexpr Layout::Name kUserBehindUrl[] = {kIntrusion, kTransaction};
// A row has one of them, as its prefix is; where that stands in front of all texts of clients, none stands behind.
constexpr CefKey kFortinetActions[] = {CefKey::act, CefKey::FTNTFGTaction, CefKey::FortinetFortiGateaction};
// Not "act": it follows the URL in WAF logs.
constexpr CefKey kFortinetKeys[] = {
    CefKey::cat,
    CefKey::subtype,
    CefKey::FTNTFGTsubtype,
    CefKey::FortinetFortiGatesubtype,
    CefKey::logid,
    CefKey::FTNTFGTlogid,
    CefKey::FortinetFortiGatelogid,
    CefKey::src,
    CefKey::dst,
    CefKey::c6a2,
    CefKey::c6a3,
    CefKey::app,
    CefKey::FTNTFGTsrcip,
    CefKey::FTNTFGTdstip,
    CefKey::FortinetFortiGatesrcip,
    CefKey::FortinetFortiGatedstip,
    CefKey::rt,
    CefKey::start,
    CefKey::dtz,
    CefKey::tz,
    CefKey::eventtime,
    CefKey::FTNTFGTeventtime,
    CefKey::FTNTFGTtz,
    CefKey::FortinetFortiGateeventtime,
    CefKey::FortinetFortiGatetz,
};
// The message of a web filter stands behind the bytes, which stand behind the URL; that of application control directly
// behind the URL, and such a row has no bytes. Events have their status in front of the message or behind it.
// Antivirus opens with its message, and has the user behind the URL and the profile.
constexpr CefKey kFortinetMessage[] = {CefKey::msg};
// The message of TLS inspection and of a list of malicious URLs stands in front of the host.
constexpr CefKey kFortinetHost[] = {CefKey::dhost};
constexpr CefKey kFortinetOutcome[] = {CefKey::outcome};
constexpr Late kLateForFortinet[] = {
    {.marks = kFortinetMark, .keys = kFortinetUsers, .unless = kUserBehindUrl, .rows = Layout::Rows::without_message},
    {.marks = kFortinetMark,
     .keys = kFortinetUsers,
     .until = CefKey::requestClientApplication,
     .after = "profile",
     .rows = Layout::Rows::with_message},
    {.marks = kFortinetMark,
     .keys = kFortinetUsers,
     .after = "ref",
     .of = kIntrusion,
     .rows = Layout::Rows::without_message},
    {.marks = kFortinetMark,
     .keys = kFortinetUsers,
     .until = CefKey::requestClientApplication,
     .after = "resplength",
     .of = kTransaction,
     .rows = Layout::Rows::without_message},
    {.marks = kFortinetMark, .keys = kFortinetKeys},
    {.marks = kFortinetMark, .keys = kFortinetHost, .behind = CefKey::msg},
    {.marks = kFortinetActions, .keys = kFortinetActions},
    {.marks = kFortinetMark, .keys = kFortinetMessage, .in_front_of = CefKey::out},
    {.marks = kFortinetMark, .keys = kFortinetOutcome, .behind = CefKey::msg},
};

constexpr Place kFortinetPlaces[] = {
    {CefKey::request, CefKey::FTNTFGTvirus, CefKey::unknown, Layout::Rows::with_message}};
// FortiAnalyzer, which alone writes "logid", closes each row with the zone, and has the category as "cat", too.
constexpr Layout::Again kFortinetAgain[] = {
    {.key = CefKey::tz},
    {.key = CefKey::cat, .behind = CefKey::msg},
    {.key = CefKey::cat, .in_front_of = CefKey::requestContext},
};
static_assert(std::size(kFortinetAgain) <= Layout::kMostAgain);

constexpr CefKey kZscalerMark[] = {CefKey::Severity, CefKey::deviceEventClassId};
constexpr CefKey kZscalerKeys[] = {
    CefKey::src, CefKey::dst, CefKey::c6a2,    CefKey::c6a3, CefKey::dhost, CefKey::app,
    CefKey::act, CefKey::dtz, CefKey::outcome, CefKey::msg,  CefKey::dpt,
};
constexpr Late kLateForZscaler[] = {{.marks = kZscalerMark, .keys = kZscalerKeys}};

constexpr Place kPaloAltoPlaces[] = {
    {CefKey::externalId, CefKey::request},
    {CefKey::cat, CefKey::requestContext},
    {CefKey::requestMethod, CefKey::requestContext},
    {CefKey::dvchost, CefKey::PanOSReferer},
};
constexpr Place kZscalerPlaces[] = {
    {CefKey::rt, CefKey::request},
    {CefKey::sourceTranslatedAddress, CefKey::request},
    {CefKey::requestMethod, CefKey::requestClientApplication, CefKey::requestContext},
    {CefKey::suser, CefKey::requestClientApplication, CefKey::requestContext},
    {CefKey::spriv, CefKey::requestClientApplication, CefKey::requestContext},
    {CefKey::externalId, CefKey::requestClientApplication, CefKey::requestContext},
    {CefKey::reason, CefKey::requestClientApplication, CefKey::requestContext},
};
constexpr Place kCheckPointPlaces[] = {
    {CefKey::rt, CefKey::requestClientApplication},
    {CefKey::spt, CefKey::requestClientApplication},
    {CefKey::dpt, CefKey::requestClientApplication},
    {CefKey::suser, CefKey::requestClientApplication},
};

// Log Exporter writes the fields that it renames, sorted by name, then time, ports and suser, then the tables of rules,
// which may hold a URL too, and then loguid and all else sorted by name. `msg` is the blade's own words.
constexpr CefKey kCheckPointFirst[] = {CefKey::duser, CefKey::msg, CefKey::outcome};
constexpr CefKey kCheckPointUser[] = {CefKey::suser};
constexpr CefKey kCheckPointLast[] = {CefKey::src_user_dn, CefKey::src_user_name};
constexpr Order kCheckPointOrder[] = {
    {kCheckPointFirst},
    {kCheckPointUser, CefKey::rt},
    {kCheckPointLast, CefKey::loguid},
};

constexpr CefKey kCheckPointTexts[] = {
    CefKey::dhost,          CefKey::filePath,
    CefKey::fname,          CefKey::msg,
    CefKey::request,        CefKey::requestClientApplication,
    CefKey::requestContext, CefKey::requestCookies,
};
constexpr CefKey kCheckPointBeforeMark[] = {CefKey::rt, CefKey::spt, CefKey::dpt, CefKey::suser};
constexpr CefKey kCheckPointBehindMark[] = {CefKey::src, CefKey::dst, CefKey::src_user_dn, CefKey::src_user_name};

constexpr Layout kLayouts[] = {
    [] {
      Layout palo_alto{{"Palo Alto Networks", "paloalto"}, kLateForPaloAlto, kPaloAltoPlaces};
      palo_alto.quotes_urls = palo_alto.glues_keys = true;
      return palo_alto;
    }(),
    [] {
      Layout fortinet{{"Fortinet", "fortinet"}, kLateForFortinet, kFortinetPlaces};
      fortinet.opens_with_message = true;
      fortinet.prefixes = kFortinetPrefixes;
      fortinet.again = kFortinetAgain;
      fortinet.again_mark = CefKey::logid;
      fortinet.first_keys.add(CefKey::duser);  // mail has the recipient as a second one
      return fortinet;
    }(),
    {{"Zscaler", "zscaler"}, kLateForZscaler, kZscalerPlaces},
    [] {
      Layout check_point{{"Check Point", "checkpoint"}, kCheckPointPlaces, kCheckPointOrder, CefKey::loguid};
      check_point.text_order = kCheckPointTexts;
      for (const CefKey key : kCheckPointTexts) check_point.texts_in_front.add(key);
      check_point.before_mark = kCheckPointBeforeMark;
      check_point.behind_mark = kCheckPointBehindMark;
      check_point.opens_with_message = check_point.repeats_custom_fields = true;
      return check_point;
    }(),
};
constexpr Layout kUnknownLayout = [] {
  Layout unknown{{}, std::span<const Late>(), {}};
  unknown.repeats_custom_fields = true;
  return unknown;
}();

}  // namespace

const Layout& layout_of(std::string_view vendor) {
  const auto found = std::ranges::find_if(
      kLayouts, [&](const Layout& row) { return header_begins_with(vendor, row.folded_vendor, row.vendor); });
  return found == std::end(kLayouts) ? kUnknownLayout : *found;
}

}  // namespace parsers

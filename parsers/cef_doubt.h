// Second thoughts about the fields of a CEF message: keys that came twice, or where the device never writes them.
#pragma once

#include "parsers/cef.h"
#include "parsers/cef_layout.h"

namespace parsers {

// Keys whose value a client (or whoever sent the user a link) chooses, and which devices write as they are.
inline constexpr CefKeySet kClientControlled = {
    CefKey::request,
    CefKey::requestClientApplication,
    CefKey::requestContext,
    CefKey::requestCookies,
    CefKey::msg,
    CefKey::fname,
    CefKey::filePath,
    CefKey::oldFileName,
    CefKey::oldFilePath,
    CefKey::dhost,
    CefKey::rawEvent,
    CefKey::resource,
    CefKey::PanOSReferer,
    CefKey::PanOSXForwarderfor,
    CefKey::PanOSURL,
    CefKey::FTNTFGTurl,
    CefKey::FTNTFGTreferralurl,
    CefKey::FTNTFGThostname,
    CefKey::FortinetFortiGateurl,
    CefKey::FortinetFortiGatehostname,
    CefKey::eurlpath,
    CefKey::url,
    CefKey::hostname,
    CefKey::refererpath,
    CefKey::erefererhost,
    CefKey::user_agent,
    CefKey::upload_filename,
    CefKey::FTNTFGTagent,
    CefKey::FTNTFGTfilename,
    CefKey::FTNTFGTforwardedfor,
    CefKey::PanOSHTTPHeader,
    CefKey::PanOSHTTPHeaders,
    CefKey::PanOSHTTPRefererFQDN,
    CefKey::PanOSHTTPRefererURLPath,
};
constexpr bool is_client_controlled(CefKey key) { return kClientControlled.has(key); }

// Of those, host names: they hold no blank, and devices write much of their own behind them.
inline constexpr CefKeySet kClientHostNames = {
    CefKey::dhost, CefKey::FTNTFGThostname, CefKey::FortinetFortiGatehostname, CefKey::erefererhost, CefKey::hostname};

// The others, whose text may hold a blank and so a made-up field.
inline constexpr CefKeySet kClientTexts = [] {
  CefKeySet texts = {};
  for (std::size_t key = 0; key < kCefKeyCount; ++key) {
    const auto id = static_cast<CefKey>(key);
    if (kClientControlled.has(id) && !kClientHostNames.has(id)) texts.add(id);
  }
  return texts;
}();
constexpr bool may_hold_fields(CefKey key) { return kClientTexts.has(key); }

// Marks all fields but one of each known key as superseded, and all of a stretch that a client made up.
void choose_among_duplicates(CefFields& fields, const Layout& layout, Flags& flags);

// Marks fields of Layout::late and Layout::order behind a client's text as made up, with what stands between. False:
// there are none.
bool refuse_late_fields(CefFields& fields, const Layout& layout, Flags& flags);

}  // namespace parsers

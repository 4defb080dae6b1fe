// Knows the formats that the firewalls send when nobody switched CEF on, reads two of them as the CEF message that the
// same device would have sent, and says how to switch.
//
//   Palo Alto    CSV          "1,2024/01/02 03:04:05,0123456789,THREAT,url,..."
//   Fortinet     key=value    "date=2024-01-02 time=03:04:05 devname="fw" devid="FG..." logid="0316013056" type=..."
//   Check Point  [key:"value"; ...] or key="value" or key=value|, with ifdir
#pragma once

#include <string>
#include <string_view>

#include "parsers/cef.h"
#include "parsers/event.h"

namespace parsers {

// Vendor::unknown when it is none of them. Looks at the first kNativeLookBytes only.
Vendor recognise_native(std::string_view message);

inline constexpr std::size_t kNativeLookBytes = 1024;

// Room to work in; reuse it, so that no row has to ask for memory again.
struct NativeScratch {
  std::string text;  // what fields point to that is no view of the row
  std::string value;
};

// A row of `vendor` behind its syslog header. Fields come with the CEF keys of the vendor's own template, so that
// events and columns are those of CEF. False: a format that is recognised and not read (Check Point), or a row that
// ends before its log type; `out` is then clear. Fields point into `row` and `scratch` and are good while both are.
bool read_native(Vendor vendor, std::string_view row, NativeScratch& scratch, CefMessage& out);

// Fourth field of a PAN-OS row: "THREAT", "TRAFFIC" and so on.
bool is_paloalto_log_type(std::string_view field);

// What is lost while the device sends its native format, and which switch it is; a sentence or two. "" for unknown.
std::string_view native_advice(Vendor vendor);

// PAN-OS CSV. Threat and URL logs (one layout), traffic, GlobalProtect and system by their field lists, every other log
// type with time, serial number and type alone. Quotes inside quotes are doubled; one that is not is taken for text
// when the cells behind it do not line up. Source: docs.paloaltonetworks.com, Syslog Field Descriptions (PAN-OS 8.0
// to 11.1); keys as in PAN's CEF templates.
bool read_paloalto_csv(std::string_view row, NativeScratch& scratch, CefMessage& out);

// FortiOS key=value (`set format default` and `csv`). A quoted value ends at a quote before another key or the end.
// Who and where stand in front of what a client wrote; behind it such a key is a forgery: kept as "refused.KEY",
// flagged key_forged. Source: FortiOS Log Message Reference; keys as in "CEF support".
bool read_fortinet_pairs(std::string_view row, NativeScratch& scratch, CefMessage& out);

}  // namespace parsers

// A vendor is a table and a few functions. normalise() finds it by the CEF header and lets it fill the event.
#pragma once

#include <span>
#include <string_view>

#include "parsers/ascii.h"
#include "parsers/cef.h"
#include "parsers/event.h"
#include "parsers/normalise.h"

namespace parsers::vendors {

// What a vendor's functions read, and the event they fill.
struct Work {
  const CefMessage& cef;
  const SyslogMessage& syslog;
  const NormaliseContext& context;
  Event& event;
  NormaliseScratch& scratch;
};

struct VendorModule {
  Vendor vendor;
  // Whether a CEF header is this vendor's; compares DeviceVendor and DeviceProduct without case and blanks.
  bool (*recognises)(const CefMessage& cef);
  // Fills everything but vendor and product. Never fails: what it can't read stays empty, and a flag says so.
  void (*fill)(Work& work);
};

std::span<const VendorModule* const> modules();

extern const VendorModule kPaloAlto, kFortinet, kCheckPoint, kZscaler;

// Header text as people paste it: case, blanks, control characters in any spelling ("#012", a raw LF) and characters of
// no width do not count. `folded` is lower case without blanks: "paloaltonetworks".
bool folded_equals(std::string_view header, std::string_view folded);
bool folded_begins_with(std::string_view header, std::string_view folded);
// The same for a header field that nearly always is `usual`; one that is another shows it in its first letter.
inline bool header_equals(std::string_view header, std::string_view folded, std::string_view usual = {}) {
  if (header == usual && !usual.empty()) return true;
  if (!header.empty() && is_alpha(header.front()) && to_lower(header.front()) != folded.front()) return false;
  return folded_equals(header, folded);
}
inline bool header_begins_with(std::string_view header, std::string_view folded, std::string_view usual = {}) {
  if (header == usual && !usual.empty()) return true;
  if (!header.empty() && is_alpha(header.front()) && to_lower(header.front()) != folded.front()) return false;
  return folded_begins_with(header, folded);
}

}  // namespace parsers::vendors

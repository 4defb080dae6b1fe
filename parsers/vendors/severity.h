// A device's severity in the device's own words.
#pragma once

#include <string_view>

#include "parsers/event.h"

namespace parsers::vendors {

// What the Severity of a CEF header means to this vendor: PAN counts from 1 "informational" to 5 "critical", FortiOS
// from 1 "debug" to 8 "emergency", Check Point writes words, Zscaler a constant that says nothing. CEF's own bands (0-3
// low
// ... 9-10 very high) fit none of them. "" for what is not on the vendor's scale. Sources: PAN's $number-of-severity,
// FortiOS Log Message Reference, sk122323.
std::string_view severity_name(Vendor vendor, std::string_view severity);

}  // namespace parsers::vendors

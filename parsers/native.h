// Knows the formats that the firewalls send when nobody switched CEF on, so that a person is told which switch it is.
//
//   Palo Alto    CSV          "1,2024/01/02 03:04:05,0123456789,THREAT,url,..."
//   Fortinet     key=value    "date=2024-01-02 time=03:04:05 devname="fw" devid="FG..." logid="0316013056" type=..."
//   Check Point  [key:"value"; ...] or key="value" or key=value|, with ifdir
#pragma once

#include <string_view>

#include "parsers/event.h"

namespace parsers {

// Vendor::unknown when it is none of them. Looks at the first kNativeLookBytes only.
Vendor recognise_native(std::string_view message);

inline constexpr std::size_t kNativeLookBytes = 1024;

}  // namespace parsers

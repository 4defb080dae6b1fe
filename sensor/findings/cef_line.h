// A finding as one CEF message without a syslog header, as a forwarder puts one before it.
// Source: ArcSight Common Event Format v25. Keys: rt start end (ms since 1970), externalId the finding's id, suser the
// user, src the address that signed in, dhost and request the lure, cn1 the revision, cfp1 the confidence, cs1 to cs6
// mode, match, reasons, tactics, techniques and alerts with their labels, msg the description.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace findings {

inline constexpr std::size_t kMaxCefBytes = 8000;  // rsyslog cuts messages at 8 KiB, its header included

std::string to_cef_line(std::string_view finding_line);

}  // namespace findings

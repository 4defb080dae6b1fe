// A finding as OCSF Detection Finding (class 2004), schema 1.7.0, without profiles.
// Source: schema.ocsf.io/1.7.0/classes/detection_finding; packaging/schemas/finding.ocsf.schema.json is what is held
// to. A first revision is activity Create, each later one Update of the same finding_info.uid. `unmapped` holds what
// OCSF has no place for: mode, match and reasons.
#pragma once

#include <string>
#include <string_view>

namespace findings {

inline constexpr std::string_view kOcsfVersion = "1.7.0";

std::string to_ocsf_line(std::string_view finding_line);  // one line of at most kMaxLineBytes

}  // namespace findings

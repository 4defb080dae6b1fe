// A finding as an Elastic Common Schema event, event.kind "alert": what Elastic's prebuilt rule for external alerts
// promotes. Source: elastic.co/guide/en/ecs/8.17; packaging/schemas/finding.ecs.schema.json is what is held to. What
// ECS has no field for stands below `lurewatch`.
#pragma once

#include <string>
#include <string_view>

namespace findings {

inline constexpr std::string_view kEcsVersion = "8.17.0";

std::string to_ecs_line(std::string_view finding_line);  // one line of at most kMaxLineBytes

}  // namespace findings

// A finding's severity and ATT&CK names in the numbers and words of other formats.
#pragma once

#include <cstdint>
#include <string_view>

namespace findings {

struct SeverityScale {
  std::string_view name;  // of the finding
  std::int64_t ocsf;      // severity_id: 1 Informational .. 4 High
  std::int64_t cef;       // 0 to 10
  std::int64_t ecs;       // event.severity, as Elastic's own rules weigh: 21, 47, 73
};
const SeverityScale& severity_scale(std::string_view name);  // of another name: Informational's

struct AttackName {
  std::string_view id, name;
};
AttackName tactic_name(std::string_view tactic);        // by the finding's word, "InitialAccess"
AttackName technique_name(std::string_view technique);  // by id, "T1566.002"; the name is empty when unknown

}  // namespace findings

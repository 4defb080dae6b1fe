#include "sensor/findings/severity.h"

#include <algorithm>
#include <array>

namespace findings {
namespace {

constexpr std::array kScales = std::to_array<SeverityScale>(
    {{"Informational", 1, 2, 0}, {"Low", 2, 4, 21}, {"Medium", 3, 6, 47}, {"High", 4, 9, 73}});

struct Tactic {
  std::string_view word;
  AttackName name;
};
// Source: attack.mitre.org.
constexpr std::array kTactics = std::to_array<Tactic>({{"InitialAccess", {"TA0001", "Initial Access"}},
                                                       {"Persistence", {"TA0003", "Persistence"}},
                                                       {"PrivilegeEscalation", {"TA0004", "Privilege Escalation"}},
                                                       {"DefenseEvasion", {"TA0005", "Defense Evasion"}},
                                                       {"CredentialAccess", {"TA0006", "Credential Access"}},
                                                       {"Collection", {"TA0009", "Collection"}}});
constexpr std::array kTechniques = std::to_array<AttackName>({{"T1078", "Valid Accounts"},
                                                              {"T1078.004", "Cloud Accounts"},
                                                              {"T1539", "Steal Web Session Cookie"},
                                                              {"T1550.004", "Web Session Cookie"},
                                                              {"T1557", "Adversary-in-the-Middle"},
                                                              {"T1566", "Phishing"},
                                                              {"T1566.002", "Spearphishing Link"}});

}  // namespace

const SeverityScale& severity_scale(std::string_view name) {
  const auto scale = std::ranges::find(kScales, name, &SeverityScale::name);
  return scale == kScales.end() ? kScales.front() : *scale;
}

AttackName tactic_name(std::string_view tactic) {
  const auto row = std::ranges::find(kTactics, tactic, &Tactic::word);
  return row == kTactics.end() ? AttackName{{}, tactic} : row->name;
}

AttackName technique_name(std::string_view technique) {
  const auto row = std::ranges::find(kTechniques, technique, &AttackName::id);
  return row == kTechniques.end() ? AttackName{technique, {}} : *row;
}

}  // namespace findings

// The chain itself: which alerts, clicks and sign-ins hold together, and what they say together. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sensor/correlate/facts.h"
#include "sensor/correlate/finding.h"
#include "sensor/correlate/windows.h"

namespace correlate {

// How the click's user is `upn`: as UserMatch says, or none.
parsers::UserMatch match_user(const Click& click, std::string_view upn);

std::string_view account_of(std::string_view upn);  // the part before '@'

// Takes rows that may belong to the finding of `key` (clicks that can count, by its user, on its host, to its address;
// successful sign-ins of its user from its address within its stretch), keeps those that stand in a whole chain
// alert - click - sign-in, and weighs them. Empty when there is no such chain. Rows come in the order (time, id).
std::optional<Finding> link(const FindingKey& key, std::vector<parsers::Alert> alerts, std::vector<Click> clicks,
                            std::vector<parsers::SignIn> sign_ins, const Windows& windows);

}  // namespace correlate

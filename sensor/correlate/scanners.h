// Rows that no person made, told by how they come: all the links of a mail opened within seconds, and nothing else.
#pragma once

#include <string>
#include <vector>

#include "sensor/correlate/chain.h"

namespace correlate {

inline constexpr std::size_t kScannedLinks = 4;                           // different lures, each opened once ...
inline constexpr parsers::Duration kScanTime = std::chrono::seconds(10);  // ... within this time
inline constexpr parsers::Duration kVisitTime = std::chrono::minutes(1);  // a person's visit makes more rows than one

// Leaves the clicks that a person made; where none is one all stay, and the strand is marked as a scanner's. `all`:
// every click of the user on any lure, by time.
void remove_scans(Strand& strand, const std::vector<ClickRef>& all, const Windows& windows);

// Equal for rows that tell of one and the same request, whichever way they came; empty when there is nothing to go by.
std::string identity_of(const Click& click);

}  // namespace correlate

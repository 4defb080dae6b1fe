// One finding for one compromise: chains that tell of the same one are made into the strongest of them.
#pragma once

#include <vector>

#include "sensor/correlate/finding.h"
#include "sensor/correlate/windows.h"

namespace correlate {

// All chains of one user in; out come those that stand, with the evidence of those that they took in, and the latter,
// refuted as part of another. Two chains are one compromise when they share a sign-in or a session, or lie within a
// window of each other on one lure, or when nothing but time ties one of them to its lure. Chains on one lure with two
// different sessions from two tied addresses are two.
std::vector<Finding> merge_compromises(std::vector<Finding> chains, double minimum_confidence, const Windows& windows);

}  // namespace correlate

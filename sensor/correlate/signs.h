// Signs that a sign-in is not the user's own: what its record says, and what is new about it for this user.
#pragma once

#include <string>
#include <vector>

#include "parsers/graph.h"
#include "sensor/correlate/facts.h"
#include "sensor/correlate/finding.h"
#include "sensor/correlate/networks.h"

namespace correlate {

// The traits by which a sign-in is remembered; those that the record lacks are left out.
struct TraitValue {
  Trait trait;
  std::string value;
};
std::vector<TraitValue> traits_of(const parsers::SignIn& sign_in, const AsnLookup& asn_of);

std::uint32_t asn_of_sign_in(const parsers::SignIn& sign_in, const AsnLookup& asn_of);

// Against what the user's sign-ins were like before `before`. A trait of which nothing was known then is not new.
// Heavier ones first.
std::vector<Reason> signs_of(const parsers::SignIn& sign_in, parsers::TimePoint before, Facts& facts,
                             const AsnLookup& asn_of);

// Whether the user had signed in with this device before, or the company manages it: then it is his.
bool is_known_device(const parsers::SignIn& sign_in, parsers::TimePoint before, Facts& facts);

// On how many days before the day of `time` the trait was seen, of the last 60.
int days_before(const Seen& seen, parsers::TimePoint time);

}  // namespace correlate

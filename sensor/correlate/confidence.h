// How sure a finding is: one table of named reasons, each with its weight, and the severity that follows. Weights are
// whole hundredths, so that they add up to the confidence exactly. README.md has the table for users, with examples.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "parsers/event.h"
#include "sensor/correlate/finding.h"

namespace correlate {

struct Weight {
  std::string_view name;  // of the reason; stable
  int hundredths;
};

std::span<const Weight> weights();

// In hundredths; 0 for a name that is not in the table.
int weight_of(std::string_view name);

// All signs of a stolen session together count no more than this, so that they never outweigh a tie of addresses.
inline constexpr int kMostForSigns = 60;

// Of no weight: it is no evidence, but whoever reads one finding wants the others.
inline constexpr std::string_view kOthersReason = "other-users";

// The reason for how late after the click the sign-in came; negative: it came first.
std::string_view order_reason(parsers::Duration click_to_sign_in);

std::string_view url_reason(parsers::UrlMatch match);    // exact, no_query, path_prefix, host, domain
std::string_view user_reason(parsers::UserMatch match);  // upn, mapped, account, address
std::string_view address_reason(AddressMatch match);
std::string_view outcome_reason(parsers::Outcome outcome);  // allowed, warned, unknown

// Appends to `reasons`, with the weight that the table gives.
void add_reason(std::vector<Reason>& reasons, std::string_view name, std::string detail);
// The same for signs of a stolen session; the last ones count less when all together reach kMostForSigns.
void add_signs(std::vector<Reason>& reasons, std::vector<Reason> signs);
// Appends a reason that leaves nothing of the confidence.
void add_refutation(std::vector<Reason>& reasons, std::string_view name, std::string detail);

// The sum, from 0 to 1.
double confidence_of(const std::vector<Reason>& reasons);

struct Grade {
  double at_least;  // confidence
  const char* severity;
  const char* likelihood;  // for a sentence: "This session <likelihood> the phisher's"
};
const Grade& grade_of(double confidence);

}  // namespace correlate

// How sure a finding is: one weight for each edge of the chain, from one table. Weights are whole hundredths, so that
// they add up to the confidence exactly.
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

// The reason for how late after the click the sign-in came; negative: it came first.
std::string_view order_reason(parsers::Duration click_to_sign_in);

std::string_view url_reason(parsers::UrlMatch match);       // exact, no_query, path_prefix, host
std::string_view user_reason(parsers::UserMatch match);     // upn, mapped, account
std::string_view outcome_reason(parsers::Outcome outcome);  // allowed, warned, unknown

// Appends to `reasons`, with the weight that the table gives.
void add_reason(std::vector<Reason>& reasons, std::string_view name, std::string detail);

// The sum, from 0 to 1.
double confidence_of(const std::vector<Reason>& reasons);

}  // namespace correlate

#include "sensor/correlate/confidence.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace correlate {

namespace {

constexpr std::array kWeights{
    Weight{"url-exact", 35},
    Weight{"url-no-query", 30},
    Weight{"url-path-prefix", 27},
    Weight{"url-host", 20},
    Weight{"user-upn", 20},
    Weight{"user-mapped", 20},
    Weight{"user-account", 10},
    Weight{"ip-same", 30},
    Weight{"order-within-10-minutes", 15},
    Weight{"order-within-1-hour", 10},
    Weight{"order-within-window", 5},
    Weight{"order-signin-first", 0},
    Weight{"outcome-allowed", 0},
    Weight{"outcome-warned", -5},
    Weight{"outcome-unknown", -5},
};

struct Delay {
  parsers::Duration at_most;
  std::string_view reason;
};
constexpr std::array kDelays{
    Delay{std::chrono::microseconds(-1), "order-signin-first"},
    Delay{std::chrono::minutes(10), "order-within-10-minutes"},
    Delay{std::chrono::hours(1), "order-within-1-hour"},
};

constexpr int kWhole = 100;

}  // namespace

std::span<const Weight> weights() { return kWeights; }

int weight_of(std::string_view name) {
  const auto found = std::ranges::find(kWeights, name, &Weight::name);
  return found == kWeights.end() ? 0 : found->hundredths;
}

std::string_view order_reason(parsers::Duration click_to_sign_in) {
  for (const Delay& delay : kDelays)
    if (click_to_sign_in <= delay.at_most) return delay.reason;
  return "order-within-window";
}

std::string_view url_reason(parsers::UrlMatch match) {
  switch (match) {
    case parsers::UrlMatch::exact:
      return "url-exact";
    case parsers::UrlMatch::no_query:
      return "url-no-query";
    case parsers::UrlMatch::path_prefix:
      return "url-path-prefix";
    default:
      return "url-host";
  }
}

std::string_view user_reason(parsers::UserMatch match) {
  switch (match) {
    case parsers::UserMatch::upn:
      return "user-upn";
    case parsers::UserMatch::mapped:
      return "user-mapped";
    default:
      return "user-account";
  }
}

std::string_view outcome_reason(parsers::Outcome outcome) {
  switch (outcome) {
    case parsers::Outcome::allowed:
      return "outcome-allowed";
    case parsers::Outcome::warned:
      return "outcome-warned";
    default:
      return "outcome-unknown";
  }
}

void add_reason(std::vector<Reason>& reasons, std::string_view name, std::string detail) {
  reasons.push_back({std::string(name), weight_of(name) / double{kWhole}, std::move(detail)});
}

double confidence_of(const std::vector<Reason>& reasons) {
  long sum = 0;
  for (const Reason& reason : reasons) sum += std::lround(reason.weight * kWhole);
  return static_cast<double>(std::clamp(sum, 0L, long{kWhole})) / kWhole;
}

}  // namespace correlate

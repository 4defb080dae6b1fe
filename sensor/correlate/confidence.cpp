#include "sensor/correlate/confidence.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace correlate {

namespace {

// The whole model. A tie of URL, user, address and time adds up to 100. Without a tie of addresses 45 are taken away:
// then signs of a stolen session have to make up for it, and no two ordinary ones do.
constexpr std::array kWeights{
    // How the URL reached meets the alert's.
    Weight{"url-exact", 35},
    Weight{"url-no-query", 30},
    Weight{"url-path-prefix", 27},
    Weight{"url-host", 25},
    Weight{"url-domain", 12},
    // How the page that was signed in through was reached, where it is not the alert's.
    Weight{"redirect-by-referer", -5},
    Weight{"redirect-by-timing", -10},
    // How the click's user is the one who signed in.
    Weight{"user-upn", 20},
    Weight{"user-mapped", 20},
    Weight{"user-account", 10},
    Weight{"user-address", 10},
    Weight{"user-address-shared", 0},
    // How the address that signed in is tied to the lure.
    Weight{"ip-same", 30},
    Weight{"ip-seen-serving", 25},
    Weight{"ip-prefix", 20},
    Weight{"ip-asn", -15},
    Weight{"ip-different", -45},
    // When.
    Weight{"order-within-10-minutes", 15},
    Weight{"order-within-1-hour", 10},
    Weight{"order-within-window", 5},
    Weight{"order-signin-first", 0},
    // What the device did about the click.
    Weight{"outcome-allowed", 0},
    Weight{"outcome-warned", -5},
    Weight{"outcome-unknown", -5},
    // Signs of a stolen session; with ip-asn and ip-different alone, at most kMostForSigns together.
    Weight{"risk-high", 25},
    Weight{"risk-medium", 13},
    Weight{"risk-low", 4},
    Weight{"scripted-agent", 25},
    Weight{"new-country", 17},
    Weight{"session-two-networks", 10},
    Weight{"device-missing", 9},
    Weight{"new-client", 8},
    Weight{"no-device", 5},
    Weight{"new-asn", 5},
    Weight{"new-device", 4},
    Weight{"new-address", 2},
    // What speaks against it.
    Weight{"seen-on-one-day-before", -15},
    Weight{"host-well-known", -15},
    // Refutations: they leave nothing, whatever came before.
    Weight{"usual-address", 0},
    Weight{"company-address", 0},
    Weight{"own-address", 0},
    Weight{"microsoft-address", 0},
    Weight{"known-device", 0},
    Weight{"opened-by-scanner", 0},
    Weight{"alert-dismissed", 0},
    Weight{"part-of-another", 0},
    // No evidence.
    Weight{kOthersReason, 0},
};

constexpr std::array kGrades{Grade{0.8, "High", "is very likely"}, Grade{0.65, "Medium", "is probably"},
                             Grade{0.5, "Low", "may be"}, Grade{0.0, "Informational", "is probably not"}};

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

long hundredths(double weight) { return std::lround(weight * kWhole); }

long sum_of(const std::vector<Reason>& reasons) {
  long sum = 0;
  for (const Reason& reason : reasons) sum += hundredths(reason.weight);
  return sum;
}

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
    case parsers::UrlMatch::host:
      return "url-host";
    default:
      return "url-domain";
  }
}

std::string_view user_reason(parsers::UserMatch match) {
  switch (match) {
    case parsers::UserMatch::upn:
      return "user-upn";
    case parsers::UserMatch::mapped:
      return "user-mapped";
    case parsers::UserMatch::account:
      return "user-account";
    default:
      return "user-address";
  }
}

std::string_view address_reason(AddressMatch match) {
  switch (match) {
    case AddressMatch::same:
      return "ip-same";
    case AddressMatch::seen_serving:
      return "ip-seen-serving";
    case AddressMatch::prefix:
      return "ip-prefix";
    case AddressMatch::asn:
      return "ip-asn";
    case AddressMatch::different:
      break;
  }
  return "ip-different";
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

void add_signs(std::vector<Reason>& reasons, std::vector<Reason> signs) {
  long left = kMostForSigns;
  for (Reason& sign : signs) {
    const long counted = std::min(left, hundredths(sign.weight));
    left -= counted;
    sign.weight = static_cast<double>(counted) / kWhole;
    reasons.push_back(std::move(sign));
  }
}

void add_refutation(std::vector<Reason>& reasons, std::string_view name, std::string detail) {
  reasons.push_back({std::string(name), -static_cast<double>(sum_of(reasons)) / kWhole, std::move(detail)});
}

double confidence_of(const std::vector<Reason>& reasons) {
  return static_cast<double>(std::clamp(sum_of(reasons), 0L, long{kWhole})) / kWhole;
}

const Grade& grade_of(double confidence) {
  const auto grade = std::ranges::find_if(kGrades, [&](const Grade& row) { return confidence >= row.at_least; });
  return grade == kGrades.end() ? kGrades.back() : *grade;
}

}  // namespace correlate

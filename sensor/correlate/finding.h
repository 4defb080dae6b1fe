// A finding: a user who reached a lure and was signed in by the phisher, with the evidence for it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/graph.h"
#include "parsers/identity.h"
#include "parsers/url.h"
#include "sensor/correlate/facts.h"

namespace correlate {

// What a finding is about. Equal keys are one finding, whatever the order in which its facts arrived.
struct FindingKey {
  std::string user, host, address;
  std::int64_t stretch = 0;  // stretch_of() the first sign-in from the address
  auto operator<=>(const FindingKey&) const = default;
};

// 32 hex digits; README.md tells of what.
std::string finding_id(const FindingKey& key);

inline constexpr std::string_view kMode = "normalised";
// The published rule that both modes come from.
inline constexpr std::string_view kRuleId = "779731f7-8ba0-4198-8524-5701b7defddc";
inline constexpr std::string_view kRuleName =
    "M365D Alerts Correlation to non-Microsoft Network device network activity involved in successful sign-in Activity";
inline constexpr std::string_view kRuleVersion = "1.0.3";

// Alerts and sign-ins that `simulate` makes have ids that begin so; Graph's own are GUIDs, or GUIDs with two letters
// in front.
inline constexpr std::string_view kTestPrefix = "lurewatch-test-";

// Evidence of one kind past this many is counted, not told.
inline constexpr std::size_t kToldPerKind = 20;

struct Reason {
  std::string name;  // stable, e.g. "url-exact"
  double weight = 0;
  std::string detail;  // a phrase for an analyst
};

enum class Order { click_then_signin, signin_then_click };

// How the address that signed in is tied to the lure, strongest first; the names of contract/finding.md.
enum class AddressMatch { same, seen_serving, prefix, asn, different };
const char* to_string(AddressMatch match);  // "same", "seen-serving", "prefix", "asn", "different"

struct Finding {
  std::string id;                   // 32 hex digits; see the README of this folder
  std::string user, url, host, ip;  // as contract/finding.md
  parsers::UrlMatch url_match = parsers::UrlMatch::none;
  parsers::UserMatch user_match = parsers::UserMatch::none;
  AddressMatch address_match = AddressMatch::same;
  Order order = Order::click_then_signin;
  double confidence = 0;
  std::vector<Reason> reasons;  // weights add up to confidence
  parsers::TimePoint first_seen{}, last_seen{};
  // Complete, each in the order (time, id), without repeats.
  std::vector<parsers::Alert> alerts;
  std::vector<Click> clicks;
  std::vector<parsers::SignIn> sign_ins;
  bool test = false;  // made by `simulate`
  // False: below the minimum confidence, or part of another finding. Worth a line only where it was told before: the
  // reader must hear that it no longer stands.
  bool live = true;

  // Of everything a reader would call news: which alerts, events and sign-ins, and how they match. Equal digests: no
  // new revision. Past kToldPerKind only a doubling of their number is news: a phishing proxy carries a whole session,
  // and each of its requests is a click.
  std::string digest() const;
};

// Another user's finding on the same lure.
struct OtherUser {
  std::string user, id;
};
// Adds the reason that names them; of no weight.
void name_others(Finding& finding, const std::vector<OtherUser>& others);
inline constexpr std::size_t kNamedOthers = 5;  // past this many they are counted, and only doublings are news

}  // namespace correlate

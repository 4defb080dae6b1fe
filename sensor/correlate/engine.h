// The correlation rule, mode `normalised`: alert URL = reached URL, logged user = signed-in user, reached address =
// sign-in address, each within its window and each with its tier. A fact on arrival names the users whom it may
// concern, and each of them is judged whole, over all that is known of him: so the order of arrival does not matter and
// doing work twice changes nothing.
//
// Pure: facts in, findings out; `Facts` answers from what is committed. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "parsers/cidr.h"
#include "sensor/correlate/chain.h"
#include "sensor/correlate/facts.h"
#include "sensor/correlate/finding.h"
#include "sensor/correlate/networks.h"
#include "sensor/correlate/windows.h"

namespace correlate {

struct Settings {
  parsers::Duration window = std::chrono::hours(6);
  parsers::Duration click_lookback = std::chrono::hours(48);
  std::vector<std::string> titles;  // empty: the shipped list
  // Alerts of one of these services and of one of these categories count too; an empty list fits any, two empty ones
  // none. Graph's spelling, upper and lower case alike: "microsoftDefenderForOffice365", "InitialAccess".
  std::vector<std::string> service_sources, categories;
  std::vector<std::string> shared_ranges;  // CIDRs; an address in them is no proof by itself
  double minimum_confidence = 0.5;
  AsnLookup asn_of;  // empty: only what the sign-ins say
};

class Engine {
 public:
  // Throws std::invalid_argument when a shared range is none, or a window is negative or longer than kMaxWindow.
  Engine(const Settings& settings, Facts& facts);

  bool watches_title(std::string_view title) const;
  bool watches(const parsers::Alert& alert) const;  // by its title, or by where it comes from

  // Whom a fact may concern; each once.
  std::set<std::string> users_of(const std::vector<Click>& clicks);
  std::set<std::string> users_of(const parsers::Alert& alert);
  std::set<std::string> users_of(const parsers::SignIn& sign_in);

  // Everything that can be told of a user now, by id: live findings with all their evidence, and those that are none
  // (below minimum_confidence, refuted, or part of another), marked so. Every finding of Facts::told is among them as
  // long as there is any evidence left.
  std::vector<Finding> judge(const std::string& user);

  // The live findings of all whom the fact may concern.
  std::vector<Finding> on_click(const Click& click) { return live(users_of({click})); }
  std::vector<Finding> on_clicks(const std::vector<Click>& clicks) { return live(users_of(clicks)); }
  std::vector<Finding> on_alert(const parsers::Alert& alert) { return live(users_of(alert)); }
  std::vector<Finding> on_sign_in(const parsers::SignIn& sign_in) { return live(users_of(sign_in)); }

  const AsnLookup& asn_of() const { return asn_of_; }

  static constexpr parsers::Duration kMaxWindow = std::chrono::days(366);

 private:
  std::vector<Finding> live(const std::set<std::string>& users);

  double minimum_confidence_;
  Windows windows_;
  parsers::AddressRanges shared_;
  AsnLookup asn_of_;
  Facts& facts_;
  std::unordered_set<std::string> titles_;                        // title_key of each
  std::unordered_set<std::string> service_sources_, categories_;  // the same
};

// A row that somebody may have been behind: with a URL, not blocked, and no scanner's.
bool can_count(const Click& click);

}  // namespace correlate

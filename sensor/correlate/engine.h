// The correlation rule, mode `normalised`: alert URL = reached URL, logged user = signed-in user, reached address =
// sign-in address, each within its window. Each fact on arrival looks for the other two, so the order of arrival does
// not matter and doing work twice changes nothing.
//
// Pure: facts in, findings out; `Facts` answers from what is committed. One thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "parsers/cidr.h"
#include "sensor/correlate/facts.h"
#include "sensor/correlate/finding.h"
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
};

class Engine {
 public:
  // Throws std::invalid_argument when a shared range is none, or a window is negative or longer than kMaxWindow.
  Engine(const Settings& settings, Facts& facts);

  bool watches_title(std::string_view title) const;
  bool watches(const parsers::Alert& alert) const;  // by its title, or by where it comes from

  // Every finding that this fact takes part in, complete with all evidence known now, by id. A finding below
  // minimum_confidence is left out.
  std::vector<Finding> on_click(const Click& click);
  std::vector<Finding> on_clicks(const std::vector<Click>& clicks);  // of one commit: each finding once
  std::vector<Finding> on_alert(const parsers::Alert& alert);
  std::vector<Finding> on_sign_in(const parsers::SignIn& sign_in);

  static constexpr parsers::Duration kMaxWindow = std::chrono::days(366);

 private:
  using Keys = std::set<FindingKey>;

  bool can_count(const Click& click) const;
  bool can_count(const parsers::SignIn& sign_in) const;
  void add_keys(const Click& click, Keys& keys);
  std::optional<Finding> evaluate(const FindingKey& key);
  std::vector<Finding> evaluate(const Keys& keys);
  std::vector<Click> clicks_for(const FindingKey& key);
  std::vector<parsers::SignIn> sign_ins_for(const FindingKey& key, const std::vector<Click>& clicks);

  double minimum_confidence_;
  Windows windows_;
  parsers::AddressRanges shared_;
  Facts& facts_;
  std::unordered_set<std::string> titles_;                        // title_key of each
  std::unordered_set<std::string> service_sources_, categories_;  // the same
};

}  // namespace correlate

// What exclusions hide, and when it comes back.
#include <algorithm>
#include <boost/json/parse.hpp>

#include "sensor/correlation.h"

namespace sensor {

void Correlation::set_exclusions(std::shared_ptr<const exclusions::ExclusionSet> exclusions, parsers::TimePoint now) {
  exclusions_ = std::move(exclusions);
  release_suppressed(now);
}

// A rule ended, was removed, or got other conditions: what it hid is asked of the engine again, with all evidence there
// is now. Of facts that retention took the line is left that would have been written.
void Correlation::release_suppressed(parsers::TimePoint now) {
  for (const auto& [id, rules_text] : state_.suppressed_rules()) {
    const boost::json::value rules = boost::json::parse(rules_text);
    const auto holds = [&](const boost::json::value& rule) {
      return exclusions_->holds(rule.at("key").as_string(), now);
    };
    if (std::ranges::all_of(rules.as_array(), holds)) continue;
    const auto row = state_.suppressed(id);
    if (!row) continue;  // released together with another on its host
    storage::State::Transaction transaction(state_);
    state_.drop_suppressed(id);
    const boost::json::value line = boost::json::parse(row->finding.json);
    for (const storage::Told& told : lookup_.told_of_host(line.at("host").as_string(), kMaxOthers))
      state_.put_due(told.user);
    if (!judge({std::string(line.at("user").as_string())}, now).contains(id)) put(row->finding);
    transaction.commit();
  }
}

}  // namespace sensor

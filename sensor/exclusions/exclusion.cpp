#include "sensor/exclusions/exclusion.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace exclusions {
namespace {

template <class ValueOf>
bool all_hold(const std::vector<FieldTest>& tests, ValueOf value_of) {
  return std::ranges::all_of(tests, [&](const FieldTest& test) {
    const std::string value = value_of(test.field);
    return std::ranges::any_of(test.any_of, [&](const Condition& condition) { return condition.matches(value); });
  });
}

}  // namespace

std::vector<const Exclusion*> ExclusionSet::covering(const correlate::Finding& finding, parsers::TimePoint now) const {
  std::vector<const Exclusion*> in_force;
  for (const Exclusion& rule : exclusions_)
    if (rule.in_force(now)) in_force.push_back(&rule);
  if (in_force.empty() || finding.clicks.empty() || finding.sign_ins.empty()) return {};

  std::vector<std::vector<bool>> sign_in_meets;  // by rule, by sign-in
  for (const Exclusion* rule : in_force) {
    auto& row = sign_in_meets.emplace_back();
    for (const parsers::SignIn& sign_in : finding.sign_ins)
      row.push_back(all_hold(rule->sign_in, [&](const std::string& field) { return value_of(sign_in, field); }));
  }
  std::vector<bool> used(in_force.size());
  for (const correlate::Click& click : finding.clicks) {
    ClickFields fields(click);
    std::vector<bool> covered(finding.sign_ins.size());
    for (std::size_t i = 0; i < in_force.size(); ++i) {
      if (!all_hold(in_force[i]->event, [&](const std::string& field) { return fields.value(field); })) continue;
      for (std::size_t k = 0; k < covered.size(); ++k) {
        if (!sign_in_meets[i][k] || covered[k]) continue;
        covered[k] = true;
        used[i] = true;
      }
    }
    if (std::ranges::find(covered, false) != covered.end()) return {};
  }
  std::vector<const Exclusion*> covering;
  for (std::size_t i = 0; i < used.size(); ++i)
    if (used[i]) covering.push_back(in_force[i]);
  return covering;
}

bool ExclusionSet::holds(std::string_view key, parsers::TimePoint now) const {
  return std::ranges::any_of(exclusions_, [&](const Exclusion& rule) { return rule.key == key && rule.in_force(now); });
}

std::string to_json(const std::vector<const Exclusion*>& exclusions) {
  boost::json::array rows;
  for (const Exclusion* rule : exclusions) {
    rows.push_back(boost::json::object{{"name", rule->name},
                                       {"owner", rule->owner},
                                       {"reason", rule->reason},
                                       {"expires", parsers::format_rfc3339(rule->expires)},
                                       {"file", rule->file},
                                       {"line", rule->line},
                                       {"key", rule->key}});
  }
  return boost::json::serialize(rows);
}

}  // namespace exclusions

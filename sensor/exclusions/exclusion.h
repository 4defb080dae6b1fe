// What an organisation knows to be harmless: tuples of conditions over clicks and sign-ins, each with an owner, a
// reason and an end. A finding is suppressed only when every click-and-sign-in pair of its evidence is excluded by a
// rule in force; one pair that nobody excluded keeps the finding.
//
// Immutable once loaded; safe to read from many threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/time.h"
#include "sensor/correlate/finding.h"
#include "sensor/exclusions/condition.h"
#include "sensor/exclusions/fields.h"

namespace exclusions {

struct FieldTest {
  std::string field;
  std::vector<Condition> any_of;
};

struct Exclusion {
  std::string name, owner, reason;
  parsers::TimePoint expires{};  // first moment at which it no longer holds
  std::string file;
  unsigned line = 0;
  std::string key;                        // 32 hex digits, of the conditions alone: who edits a reason changes nothing
  std::vector<FieldTest> event, sign_in;  // all must hold; one of them may be empty

  bool in_force(parsers::TimePoint now) const { return now < expires; }
};

class ExclusionSet {
 public:
  ExclusionSet() = default;
  explicit ExclusionSet(std::vector<Exclusion> exclusions) : exclusions_(std::move(exclusions)) {}

  // The rules that together cover the finding, in the order of the files; empty when a pair is left.
  std::vector<const Exclusion*> covering(const correlate::Finding& finding, parsers::TimePoint now) const;

  bool holds(std::string_view key, parsers::TimePoint now) const;
  const std::vector<Exclusion>& all() const { return exclusions_; }

 private:
  std::vector<Exclusion> exclusions_;
};

// [{"name","owner","reason","expires","file","line","key"}, ...]: what is stored beside a suppressed finding.
std::string to_json(const std::vector<const Exclusion*>& exclusions);

}  // namespace exclusions

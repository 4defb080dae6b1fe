// [correlation] exclusions of the configuration as the rules that the pipeline uses.
#pragma once

#include <memory>
#include <string>

#include "sensor/config/config.h"
#include "sensor/exclusions/load.h"

namespace sensor {

struct Exclusions {
  std::shared_ptr<const exclusions::ExclusionSet> set;  // null: not loaded yet
  std::string text;                                     // as read: equal texts, equal rules
};

// Throws BadConfig with every mistake, each with its place.
Exclusions load_exclusions(const config::Config& config);

}  // namespace sensor

// The part of `doctor` that is about Graph: what it refuses, what the running sensor says of its feeds, and what it
// signs in with. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <vector>

#include "sensor/doctor.h"

namespace sensor {

std::vector<Symptom> examine_graph(const config::Config& config, const std::optional<boost::json::object>& status,
                                   const MachineFacts& machine);

}  // namespace sensor

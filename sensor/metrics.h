// What a running sensor tells monitoring: Prometheus' text format of its counters, and whether it does its work.
// Pure: both are made from what `status --json` shows.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "parsers/time.h"

namespace sensor {

// Text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), HELP and TYPE for each; no sample without a
// value. Counters begin again at 0 with the process.
std::string metrics_text(const boost::json::object& status);

struct HealthLimits {
  parsers::Duration alerts_age, sign_ins_age;         // a feed's last success may be this old
  parsers::Duration silence = std::chrono::hours(1);  // all inputs together may be silent this long
};

// Why the sensor would miss something now, a sentence each; empty: data flows, feeds are fresh, the disk takes it.
// A start has the same time as a silence before it counts as one.
std::vector<std::string> ailments(const boost::json::object& status, const HealthLimits& limits,
                                  parsers::TimePoint now);

}  // namespace sensor

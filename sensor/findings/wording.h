// What a finding says to an analyst: title, description, severity.
#pragma once

#include <string>

#include "sensor/correlate/finding.h"

namespace findings {

const char* severity_of(double confidence);  // "High", "Medium", "Low"

std::string title_of(const correlate::Finding& finding);

// What happened, in time, and what to do now.
std::string description_of(const correlate::Finding& finding);

}  // namespace findings

// The only place that reads a clock. Everything else is told the time.
#pragma once

#include "parsers/time.h"

namespace runtime {

inline parsers::TimePoint now() {
  return std::chrono::time_point_cast<parsers::Duration>(std::chrono::system_clock::now());
}

}  // namespace runtime

// Watched alerts around which clicks and sign-ins still count, as `status` tells.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "parsers/graph.h"

namespace sensor {

class OpenWindows {
 public:
  explicit OpenWindows(parsers::Duration window) : window_(window) {}

  void note(const parsers::Alert& alert);
  std::size_t count(parsers::TimePoint now) const;
  void forget(parsers::TimePoint now);  // those that have closed

 private:
  const parsers::Duration window_;
  std::unordered_map<std::string, parsers::TimePoint> ends_;  // by id of the alert
};

}  // namespace sensor

#include "sensor/watch.h"

#include <algorithm>

namespace sensor {

void Watch::add(std::uint64_t key, const correlate::Span& reach) {
  if (key == 0) return;
  const auto [at, is_new] = reach_.try_emplace(key, reach);
  if (is_new) return;
  at->second.from = std::min(at->second.from, reach.from);
  at->second.to = std::max(at->second.to, reach.to);
}

const correlate::Span* Watch::find(std::uint64_t key) const {
  const auto found = key == 0 ? reach_.end() : reach_.find(key);
  return found == reach_.end() ? nullptr : &found->second;
}

}  // namespace sensor

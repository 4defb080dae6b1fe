#include "sensor/open_windows.h"

#include <algorithm>

namespace sensor {

void OpenWindows::note(const parsers::Alert& alert) {
  ends_[alert.id] = std::max(alert.created, alert.last_activity) + window_;
}

std::size_t OpenWindows::count(parsers::TimePoint now) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(ends_, [now](const auto& window) { return window.second >= now; }));
}

void OpenWindows::forget(parsers::TimePoint now) {
  std::erase_if(ends_, [now](const auto& window) { return window.second < now; });
}

}  // namespace sensor

#include "sensor/correlate/windows.h"

#include <algorithm>
#include <array>
#include <ratio>

namespace correlate {

using parsers::Duration;
using parsers::TimePoint;

std::vector<Span> click_spans(const parsers::Alert& alert, const Windows& windows) {
  const auto [first, last] = std::minmax(alert.first_activity, alert.last_activity);
  return merge({around(alert.created, windows.window),
                {alert.created - windows.click_lookback, alert.created},
                {first - windows.window, last + windows.window}});
}

Span around(TimePoint time, Duration window) { return {time - window, time + window}; }

std::vector<Span> merge(std::vector<Span> spans) {
  std::ranges::sort(spans, {}, [](const Span& span) { return std::pair(span.from, span.to); });
  std::vector<Span> merged;
  for (const Span& span : spans) {
    if (!merged.empty() && span.from <= merged.back().to)
      merged.back().to = std::max(merged.back().to, span.to);
    else
      merged.push_back(span);
  }
  return merged;
}

std::string spell(Duration duration) {
  using namespace std::chrono;
  struct Unit {
    seconds length;
    const char* name;
  };
  constexpr std::array kUnits{Unit{days(1), " d"}, Unit{hours(1), " h"}, Unit{minutes(1), " min"},
                              Unit{seconds(1), " s"}};
  seconds left = floor<seconds>(abs(duration));
  for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
    const auto whole = left / kUnits[i].length;
    if (whole == 0) continue;
    const auto next = left % kUnits[i].length / kUnits[i + 1].length;
    const std::string text = std::to_string(whole) + kUnits[i].name;
    return next == 0 ? text : text + ' ' + std::to_string(next) + kUnits[i + 1].name;
  }
  return std::to_string(left.count()) + " s";
}

namespace {
using Stretch =
    std::chrono::duration<std::int64_t, std::ratio_multiply<std::ratio<kStretch.count()>, std::ratio<86400>>>;
}

std::int64_t stretch_of(TimePoint sign_in) { return std::chrono::floor<Stretch>(sign_in.time_since_epoch()).count(); }

Span stretch_span(std::int64_t stretch) {
  return {TimePoint(Stretch(stretch)), TimePoint(Stretch(stretch + 1)) - Duration(1)};
}

}  // namespace correlate

// Which clicks an alert reaches for, which sign-ins a click reaches for, and the number of the 30-day stretch that a
// finding belongs to. Both ends of every span count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parsers/graph.h"
#include "parsers/time.h"

namespace correlate {

struct Span {
  parsers::TimePoint from{}, to{};
  bool contains(parsers::TimePoint time) const { return from <= time && time <= to; }
  bool operator==(const Span&) const = default;
};

struct Windows {
  parsers::Duration window;
  parsers::Duration click_lookback;
};

// `window` either side of the alert's creation and of its first to last activity, and `click_lookback` before its
// creation; sorted, overlaps joined.
std::vector<Span> click_spans(const parsers::Alert& alert, const Windows& windows);

Span around(parsers::TimePoint time, parsers::Duration window);

// Sorted, overlaps joined.
std::vector<Span> merge(std::vector<Span> spans);

// For a sentence, coarse: "0 s", "2 min 5 s", "1 h 3 min", "2 d 4 h". Of a negative duration, its length.
std::string spell(parsers::Duration duration);

// A finding's stretch is that of its sign-in: a function of the facts alone. See README.md.
inline constexpr std::chrono::days kStretch{30};
std::int64_t stretch_of(parsers::TimePoint sign_in);
Span stretch_span(std::int64_t stretch);

}  // namespace correlate

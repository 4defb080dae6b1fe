// Which stretch of the last day is read again, for rows that show later than the overlap reaches back. Pure.
//
// Rows come minutes late as a rule, and hours late when something in Microsoft's pipeline breaks. Polls read the
// overlap again each time; a round of sweeps reads the rest of `depth`, one stretch after each poll, so that it never
// holds up new rows for long.
#pragma once

#include <algorithm>
#include <optional>

#include "parsers/time.h"
#include "sensor/graph/settings.h"

namespace graph {

class Sweep {
 public:
  static constexpr int kIntervals = 60;  // of the feed, from the beginning of one round to the next: an hour by default
  static constexpr unsigned kFewPages = 4, kManyPages = 16;  // a stretch that takes fewer grows, one of more shrinks
  static constexpr std::chrono::minutes kShortest{10};

  struct Stretch {
    parsers::TimePoint from, until;
  };

  // Not `in_stretches`: a round is one stretch, for a feed that reads up to the present anyway.
  Sweep(const FeedSettings& settings, bool in_stretches)
      : depth_(settings.sweep),
        overlap_(settings.overlap),
        period_(kIntervals * settings.interval),
        shortest_(in_stretches ? parsers::Duration(kShortest) : depth_),
        width_(std::max(overlap_, shortest_)) {}

  // After a poll that ended at `now`. Nothing older than `oldest` is worth reading.
  std::optional<Stretch> next(parsers::TimePoint now, parsers::TimePoint oldest) {
    if (depth_ <= overlap_) return std::nullopt;
    if (!next_round_ || *next_round_ > now + period_) next_round_ = now + period_;
    if (!at_) {
      if (now < *next_round_) return std::nullopt;
      next_round_ = now + period_;
      at_ = std::max(now - depth_, oldest);
      until_ = now - overlap_;
    }
    if (*at_ >= until_) {
      at_.reset();
      return std::nullopt;
    }
    const Stretch out{*at_, std::min(*at_ + width_, until_)};
    at_ = out.until;
    return out;
  }

  // What the last stretch came to.
  void took(unsigned pages) {
    if (pages < kFewPages) width_ = std::min(2 * width_, depth_);
    if (pages > kManyPages) width_ = std::max(width_ / 2, shortest_);
    if (!at_ || *at_ < until_) return;
    at_.reset();
    ++rounds_;
  }

  unsigned rounds() const { return rounds_; }  // that came to their end

 private:
  parsers::Duration depth_, overlap_, period_, shortest_, width_;
  std::optional<parsers::TimePoint> next_round_, at_;
  parsers::TimePoint until_{};
  unsigned rounds_ = 0;
};

}  // namespace graph

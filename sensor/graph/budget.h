// A token bucket: how often Graph may be asked, so that its limits are kept before it has to say so. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace graph {

class Budget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `per_minute` requests, of which up to a tenth, but at least 2 and at most 10, may come at once. With 15 a minute no
  // 10 seconds hold more than 4, where Microsoft allows 5; with 100 no minute holds more than 110, where it allows 150.
  explicit Budget(unsigned per_minute)
      : interval_(std::chrono::nanoseconds(std::chrono::minutes(1)) / std::max(per_minute, 1U)),
        burst_(std::clamp(per_minute / 10, 2U, 10U)) {}

  std::chrono::nanoseconds interval() const { return interval_; }

  // The earliest time for the next request: not after `now` when it may go at once.
  Time next() const { return full_ - burst_ * interval_ + interval_; }

  void take(Time now) { full_ = std::max(full_, now) + interval_; }

 private:
  std::chrono::nanoseconds interval_;
  unsigned burst_;
  Time full_{};  // when the bucket is full again
};

}  // namespace graph

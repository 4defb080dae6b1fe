// One feed with its own schedule, and what is known about its health; for poller.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sensor/graph/budget.h"
#include "sensor/graph/caller.h"
#include "sensor/graph/feed.h"
#include "sensor/graph/habit.h"
#include "sensor/graph/sightings.h"
#include "sensor/graph/sweep.h"

namespace graph {

class Lane {
 public:
  Lane(FeedName name, const FeedSettings& settings, std::string cursor, std::string_view habit);

  // When the next request may go: the feed is due and its API's limit allows it.
  SteadyTime ready() const { return std::max(due, budget.next()); }

  // Takes out what was handed over before, unchanged, and measures what is new.
  void sort_out(FeedBatch& batch, parsers::TimePoint now);
  // After a poll came to its end without an error. The habit as text when it is time to keep it, else empty.
  std::string end_poll(parsers::TimePoint now);
  // After a poll: what of the last day to read again before the next one.
  std::optional<Sweep::Stretch> next_sweep(parsers::TimePoint now) { return sweep_.next(now, seen_.forgotten_until()); }
  void end_sweep() {
    sweep_.took(sweep_pages);
    sweep_pages = 0;
  }
  // Puts lateness, silence and progress into `status`.
  void refresh(parsers::TimePoint now);
  void warn(std::string warning);

  const FeedName name;
  const FeedSettings settings;
  std::unique_ptr<Feed> feed;
  SteadyTime due{};
  Budget budget;
  unsigned failures = 0;
  unsigned sweep_pages = 0;  // of the stretch under way
  std::string poll_error;    // of an answer 206: kept until the poll ends, which then is no success
  FeedStatus status;         // under the poller's mutex

 private:
  template <class Record>
  void sort_out(std::vector<Record>& records, parsers::TimePoint (*time_of)(const Record&), parsers::TimePoint now);

  parsers::Duration memory() const;  // how old rows may be that come again

  Sightings seen_;
  Sweep sweep_;
  Habit habit_;
  parsers::TimePoint habit_kept_{};
  bool history_ = true;                 // until the first poll ended: rows are old because we were away
  parsers::TimePoint measured_from_{};  // older rows may have been there before this process, until a sweep knows them
  bool something_new_ = false;
};

}  // namespace graph

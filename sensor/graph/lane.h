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
  // Puts lateness, silence and progress into `status`.
  void refresh(parsers::TimePoint now);
  void warn(std::string warning);

  const FeedName name;
  const FeedSettings settings;
  std::unique_ptr<Feed> feed;
  SteadyTime due{};
  Budget budget;
  unsigned failures = 0;
  std::string poll_error;  // of an answer 206: kept until the poll ends, which then is no success
  FeedStatus status;       // under the poller's mutex

 private:
  template <class Record>
  void sort_out(std::vector<Record>& records, parsers::TimePoint (*time_of)(const Record&), parsers::TimePoint now);

  Sightings seen_;
  Habit habit_;
  parsers::TimePoint habit_kept_{};
  bool history_ = true;  // until the first poll ended: rows are old because we were away
  bool something_new_ = false;
};

}  // namespace graph

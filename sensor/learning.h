// What is usual for a user and for an address is known when the first round of sign-ins is whole: its pages come in the
// order of time, and a later one may show that the address of an earlier one is the company's. Until then nobody is
// judged. Threads: the writer's.
#pragma once

#include <chrono>
#include <optional>

#include "sensor/graph/poller.h"
#include "storage/state.h"

namespace sensor {

class Learning {
 public:
  // A round that comes no further for so long is not waited for: a finding that may have to be taken back beats none.
  static constexpr auto kPatience = std::chrono::minutes(2);

  explicit Learning(storage::State& state);
  // Within the transaction that stores the batch.
  void note(const graph::FeedBatch& batch);
  bool lasts(parsers::TimePoint now);

 private:
  storage::State& state_;
  bool knows_;                               // a round was whole once
  bool waits_;                               // the first goes on, or did when the last process ended
  std::optional<parsers::TimePoint> since_;  // it came further, which its cursor tells
};

}  // namespace sensor

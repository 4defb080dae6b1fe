// Used things on their way back to where they are made, so that their memory is asked of the system once and not for
// every use: a fresh megabyte costs a page fault for each 4 KiB of it, and growing to it copies what is there.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace runtime {

template <class Thing>
class Spares {
 public:
  explicit Spares(std::size_t most) : most_(most) {}

  // A used one, or a new one when there is none.
  Thing take() {
    const std::lock_guard lock(mutex_);
    if (things_.empty()) return Thing();
    Thing thing = std::move(things_.back());
    things_.pop_back();
    return thing;
  }

  // `thing` is empty but for its memory. More than `most` of them are let go.
  void give(Thing thing) {
    const std::lock_guard lock(mutex_);
    if (things_.size() < most_) things_.push_back(std::move(thing));
  }

 private:
  std::size_t most_;
  std::mutex mutex_;
  std::vector<Thing> things_;
};

}  // namespace runtime

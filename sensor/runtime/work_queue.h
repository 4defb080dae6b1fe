// The bounded queue between the threads that take data in and the one that writes. Bounded by weight (bytes), so that a
// burst of large messages costs no more memory than one of small ones.
//
// Threads: push from any, pop from one.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace runtime {

template <class Work>
class WorkQueue {
 public:
  explicit WorkQueue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // False when there is no room, or after close(); `work` is then untouched. An empty queue takes any weight.
  bool try_push(Work& work, std::size_t weight_bytes) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || !fits(weight_bytes)) return false;
      put(work, weight_bytes);
    }
    filled_.notify_one();
    return true;
  }

  // Waits for room. False after close(), and soon after `give_up` turns true.
  bool push(Work work, std::size_t weight_bytes, const std::atomic<bool>& give_up) {
    {
      std::unique_lock lock(mutex_);
      while (!closed_ && !give_up && !fits(weight_bytes)) emptied_.wait_for(lock, std::chrono::milliseconds(50));
      if (closed_ || give_up) return false;
      put(work, weight_bytes);
    }
    filled_.notify_one();
    return true;
  }

  // Nothing after `patience`, or when closed and drained.
  std::optional<Work> pop(std::chrono::milliseconds patience) {
    std::optional<Work> work;
    {
      std::unique_lock lock(mutex_);
      filled_.wait_for(lock, patience, [&] { return closed_ || !items_.empty(); });
      if (items_.empty()) return work;
      work = std::move(items_.front().first);
      bytes_ -= items_.front().second;
      items_.pop_front();
    }
    emptied_.notify_all();
    return work;
  }

  // Nothing more is taken; what is queued can still be popped.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    emptied_.notify_all();
  }

  bool drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }

 private:
  bool fits(std::size_t weight_bytes) const { return items_.empty() || bytes_ + weight_bytes <= most_bytes_; }
  void put(Work& work, std::size_t weight_bytes) {
    items_.emplace_back(std::move(work), weight_bytes);
    bytes_ += weight_bytes;
  }

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::deque<std::pair<Work, std::size_t>> items_;
  std::size_t bytes_ = 0;
  bool closed_ = false;

  std::condition_variable filled_, emptied_;
};

}  // namespace runtime

// The writer thread: steps 6 to 8, and whatever else touches the databases.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "sensor/pipeline.h"
#include "sensor/runtime/log.h"
#include "sensor/runtime/spares.h"
#include "sensor/runtime/work_queue.h"
#include "sensor/simulation.h"
#include "sensor/status.h"

namespace sensor {

struct Messages {
  storage::Batch batch;
  // Called once, on the writer's thread, in the order of the queue: true when the batch is on disk, false when it was
  // given up. May be empty.
  std::function<void(bool is_committed)> settled;
};
using Work = std::variant<Messages, graph::FeedBatch>;
std::size_t weight_bytes(const Work& work);

class Writer {
 public:
  // All outlive the writer. The pipeline and the files belong to its thread from start() to finish().
  Writer(Pipeline& pipeline, findings::AlertFiles& files, runtime::WorkQueue<Work>& queue, SharedWriterView& view,
         Trace& trace, parsers::UserDirectory& users, runtime::Spares<storage::Batch>& spares)
      : pipeline_(pipeline), files_(files), queue_(queue), view_(view), trace_(trace), users_(users), spares_(spares) {}

  void start();
  // The queue must be closed. Returns when it is drained and everything is on disk; or, when the disk refuses,
  // after a few seconds: then the messages that were lost are logged and counted in `lost()`.
  void finish();
  void reopen_files() { reopen_ = true; }                                            // any thread
  void set_exclusions(std::shared_ptr<const exclusions::ExclusionSet> exclusions) {  // any thread
    const std::lock_guard lock(mutex_);
    new_exclusions_ = std::move(exclusions);
  }
  std::uint64_t lost() const { return lost_; }
  // Grows while the thread moves, also when there is nothing to do; for the watchdog, from any thread.
  std::uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }

 private:
  void loop();
  void keep(const Work& work);
  void give_back(Work& work);
  bool store(const Work& work);
  void note_stored(const Work& work);
  void count();
  void take_exclusions();
  void correlate_and_write();
  void publish();
  enum class Outcome { done, later, never };  // never: trying again can't help
  Outcome attempt(const char* doing, const std::function<void()>& step);

  Pipeline& pipeline_;
  findings::AlertFiles& files_;
  runtime::WorkQueue<Work>& queue_;
  SharedWriterView& view_;
  Trace& trace_;
  parsers::UserDirectory& users_;
  runtime::Spares<storage::Batch>& spares_;  // where a batch goes when it is on disk
  std::thread thread_;
  std::atomic<bool> reopen_{false}, finishing_{false};
  std::atomic<std::uint64_t> lost_{0}, beats_{0};
  bool has_more_ = false;                                     // to correlate
  bool after_crash_ = true;                                   // until the first time everything pending was written
  std::map<std::string, std::string, std::less<>> troubles_;  // by step: why it fails
  std::chrono::steady_clock::time_point give_up_{};           // set by finish(), before finishing_
  std::chrono::steady_clock::time_point count_after_{};       // of the next count
  storage::State::Counts counts_;
  runtime::LogLimit log_limit_;
  std::mutex mutex_;
  std::shared_ptr<const exclusions::ExclusionSet> new_exclusions_;  // guarded by mutex_; null: none
};

}  // namespace sensor

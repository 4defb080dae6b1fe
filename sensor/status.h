// What `status` shows: contract/commands.md, `status --json`.
#pragma once

#include <boost/json/object.hpp>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "parsers/time.h"
#include "sensor/graph/poller.h"
#include "sensor/ingest/input.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

// What the writer knows, copied for other threads once a second and after each piece of work.
struct WriterView {
  storage::StoreStats store;
  storage::State::Counts counts;
  std::size_t cursor_lag = 0, open_windows = 0;
  bool is_learning = false;
  std::uint64_t torn_lines = 0, failed_rotations = 0;  // of the alert files, since the start
  std::vector<storage::FindingRow> last_findings;      // newest first
  std::string trouble;                                 // why nothing can be written; empty when all is well
};

class SharedWriterView {
 public:
  void set(WriterView view) {
    const std::lock_guard lock(mutex_);
    view_ = std::move(view);
  }
  WriterView get() const {
    const std::lock_guard lock(mutex_);
    return view_;
  }

 private:
  mutable std::mutex mutex_;
  WriterView view_;  // guarded by mutex_
};

struct StatusSources {
  parsers::TimePoint started{};
  std::uint64_t quota_bytes = 0;
  const std::list<ingest::Input>& inputs;
  const graph::Poller* poller = nullptr;  // null: no tenant configured
  const SharedWriterView& writer;
  std::string directory = {};  // of the store, to tell what its disk has left
};

boost::json::object status_json(const StatusSources& sources);

// The same for a person, on one screen, what is wrong first. `now` gives the ages.
std::string status_text(const boost::json::object& status, parsers::TimePoint now);

// The same in one line, for the service manager: "2 inputs, 1234 messages, 1 findings", and the first trouble.
std::string status_line(const boost::json::object& status, parsers::TimePoint now);

}  // namespace sensor

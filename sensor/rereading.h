// What an older version of the parser put into quarantine is read once more by this one, a stretch at a time.
// Threads: the writer's.
#pragma once

#include "sensor/derive.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

class Rereading {
 public:
  Rereading(storage::EventStore& events, storage::State& state, Deriver& deriver);

  bool is_done() const { return is_saved_ && at_ >= end_; }

  // Messages of the next stretch that this parser can read, with the peer and the time of receipt of then. To be stored
  // before done(): a stretch that is stored and not done is read a second time after a crash, and record keys tell.
  storage::Batch next();
  void done();

 private:
  storage::EventStore& events_;
  storage::State& state_;
  Deriver& deriver_;
  storage::EventId at_ = 0, end_ = 0;  // of what the older parser filled: looked at, and all
  storage::EventId reached_ = 0;       // by the stretch under way
  bool is_saved_ = false;
};

}  // namespace sensor

// The road of an event from step 6 on: store, correlate, write. (Steps 1 to 5, receive to normalise, run on the network
// thread: ingest/.)
//
// Threads: everything here belongs to one thread, the writer; `replay` calls it from its only one.
#pragma once

#include <string>

#include "parsers/identity.h"
#include "sensor/config/config.h"
#include "sensor/correlation.h"
#include "sensor/derive.h"
#include "sensor/findings/alert_files.h"
#include "sensor/graph/poller.h"
#include "sensor/rereading.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

class Pipeline {
 public:
  // Opens store and state, creating what is missing. Throws with a sentence that names the path.
  Pipeline(const config::Config& config, const parsers::IdentityMap& identity);

  // Step 6. Durable when they return; they throw storage::SqliteError when the disk refuses, and then nothing was kept.
  void store(const storage::Batch& batch, parsers::TimePoint now);
  void store(const graph::FeedBatch& batch);
  // Hands the users that Graph told of to `directory`: at the start, and after each complete reading of them.
  void publish_users(parsers::UserDirectory& directory);

  // Reads a stretch of what an older version of the parser put into quarantine once more. What this one can read is
  // stored again, with the peer and the time of receipt of then; the old entry stays, and Deriver::read() tells that it
  // is read now. False when nothing is left to do. After a crash one stretch may be stored twice: record keys tell.
  bool read_quarantine_again(parsers::TimePoint now);

  // Step 7, for what is stored and not yet correlated: some of it, true when more is left; or all of it.
  bool correlate_some(parsers::TimePoint now) { return correlation_.turn(now); }
  void correlate(parsers::TimePoint now) {
    while (correlate_some(now)) continue;
  }

  // Step 8, for every line that its alert file lacks. False when the disk refuses one of them (`error` says why); what
  // is not written stays for later. `after_crash`: first looks whether the file has a line already.
  bool write(findings::AlertFiles& files, bool after_crash, std::string& error);

  // Retention, quota, and what the state database need no longer hold.
  void enforce_limits(parsers::TimePoint now);

  storage::EventStore& events() { return events_; }
  storage::State& state() { return state_; }
  Correlation& correlation() { return correlation_; }

 private:
  std::uint64_t quota() const;
  void enforce_quota(parsers::TimePoint now);

  const config::Config& config_;
  storage::EventStore events_;
  storage::State state_;
  Deriver deriver_;
  Rereading rereading_;
  Correlation correlation_;
  std::uint32_t segment_ = 0;  // that was stored into last; with each new one the quota is enforced
};

}  // namespace sensor

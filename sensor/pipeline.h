// The road of an event from step 6 on: store, correlate, write. (Steps 1 to 5, receive to normalise, run on the network
// thread: ingest/.)
//
// Threads: everything here belongs to one thread, the writer; `replay` calls it from its only one.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "parsers/identity.h"
#include "sensor/config/config.h"
#include "sensor/correlate/engine.h"
#include "sensor/derive.h"
#include "sensor/exclusions/exclusion.h"
#include "sensor/findings/alert_files.h"
#include "sensor/graph/poller.h"
#include "sensor/ingest/notices.h"
#include "sensor/learning.h"
#include "sensor/rereading.h"
#include "sensor/store_facts.h"
#include "sensor/watch.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

correlate::Settings correlation_settings(const config::Config& config);

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

  // Step 7, for everything stored and not yet correlated. Findings go into the state database in the same transaction
  // as the cursors that say how far correlation came.
  void correlate(parsers::TimePoint now);

  // Step 8, for every line that its alert file lacks. False when the disk refuses one of them (`error` says why); what
  // is not written stays for later. `after_crash`: first looks whether the file has a line already.
  bool write(findings::AlertFiles& files, bool after_crash, std::string& error);

  // In force from the next correlate() on. What these no longer cover is weighed again.
  void set_exclusions(std::shared_ptr<const exclusions::ExclusionSet> exclusions, parsers::TimePoint now);

  // Retention, quota, and what the state database need no longer hold.
  void enforce_limits(parsers::TimePoint now);

  storage::EventStore& events() { return events_; }
  storage::State& state() { return state_; }

  // Stored messages on watched hosts that correlation has yet to look at.
  std::size_t correlation_lag() const { return candidates_.size(); }
  // Watched alerts whose window is still open; after a start, load_windows() finds those of before.
  std::size_t open_windows(parsers::TimePoint now) const;
  void load_windows(parsers::TimePoint now);
  // The first sign-ins are still coming in, and nobody is judged until they are whole.
  bool is_learning(parsers::TimePoint now) { return learning_.lasts(now); }

 private:
  std::uint64_t quota() const;
  void enforce_quota(parsers::TimePoint now);
  void put_alert(const parsers::Alert& alert);
  void consider(storage::EventId id, const storage::IndexEntry& entry);
  void take_notice(const storage::Batch& batch);
  void recover_notices();
  void watch_again();
  void renew_titles();
  correlate::Span reach_of(const parsers::Alert& alert) const;

  using Users = std::set<std::string>;
  void note_traits();
  void correlate_events(parsers::TimePoint now);
  void correlate_alerts(parsers::TimePoint now);
  void correlate_sign_ins(parsers::TimePoint now);
  void note_backlog(const parsers::Alert& alert);
  void note_backlog(std::uint64_t host_key, const correlate::Span& reach);
  void note_notices(Users& users);
  void note_serving(std::uint64_t host, const correlate::Click& click, Users* users);
  // Adds whom it concerns beyond the click's own user.
  void note_click(const correlate::Click& click, Users* users);
  std::set<std::string> judge(Users users, parsers::TimePoint now);
  std::vector<correlate::OtherUser> others_on(const correlate::Finding& finding);
  void note_told(const correlate::Finding& finding, Users& again);
  void note_finding(correlate::Finding& finding, parsers::TimePoint now, Users& again);

  parsers::TimePoint window_end(const parsers::Alert& alert) const;
  void note_window(const parsers::Alert& alert);
  void release_suppressed(parsers::TimePoint now);
  void put(const storage::FindingRow& row);

  const config::Config& config_;
  storage::EventStore events_;
  storage::State state_;
  storage::StateLookup lookup_;
  Deriver deriver_;
  StoreFacts facts_;
  correlate::Engine engine_;
  Learning learning_;
  Rereading rereading_;
  std::shared_ptr<const exclusions::ExclusionSet> exclusions_ = std::make_shared<const exclusions::ExclusionSet>();
  Watch watch_;
  storage::Batch notices_;                                           // its sightings and host names: not yet written
  std::unordered_set<std::string> nameless_;                         // clients of clicks without a name
  std::unordered_map<std::string, parsers::TimePoint> window_ends_;  // by id of the watched alert
  std::vector<storage::EventId> candidates_;                         // stored, on a watched host, not yet correlated
  storage::EventId cursor_ = 0;                                      // as saved
  parsers::TimePoint cursor_saved_{};
  std::uint32_t segment_ = 0;  // that was stored into last; with each new one the quota is enforced
};

}  // namespace sensor

// Step 7 of an event's road: what is stored and not yet correlated is noted where it concerns a lure, whoever it
// concerns is judged, and what is found goes into the state database with the lines to be written.
//
// Threads: everything here belongs to the writer's thread; `replay` calls it from its only one.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "sensor/backlog.h"
#include "sensor/config/config.h"
#include "sensor/correlate/engine.h"
#include "sensor/crowd.h"
#include "sensor/derive.h"
#include "sensor/exclusions/exclusion.h"
#include "sensor/followers.h"
#include "sensor/graph/poller.h"
#include "sensor/ingest/notices.h"
#include "sensor/learning.h"
#include "sensor/open_windows.h"
#include "sensor/store_facts.h"
#include "sensor/watch.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

correlate::Settings correlation_settings(const config::Config& config);

class Correlation {
 public:
  // All outlive it. Takes up what was stored and not correlated when the last process ended.
  Correlation(const config::Config& config, storage::EventStore& events, storage::State& state, Deriver& deriver);

  // What was stored: messages with ids from `first` on, after they are durable; Graph's records within the transaction
  // that stores the rest of them.
  void note(const storage::Batch& batch, storage::EventId first);
  void note(const graph::FeedBatch& batch);

  // Some of what was noted, as much as leaves the thread free again soon; true when more is left. Findings go into the
  // state database in the same transaction as the cursors that say how far it came. Throws storage::SqliteError when
  // the disk refuses; then the next turn does it.
  bool turn(parsers::TimePoint now);

  // In force from the next run() on. What these no longer cover is weighed again.
  void set_exclusions(std::shared_ptr<const exclusions::ExclusionSet> exclusions, parsers::TimePoint now);

  // Retention: what is older than `limit`, and what has ended by now.
  void forget(parsers::TimePoint limit, parsers::TimePoint now);

  // Stored messages on watched hosts that it has yet to look at.
  std::size_t lag() const { return candidates_.size() + waiting_.size(); }
  // Watched alerts whose window is still open; after a start, load_windows() finds those of before.
  std::size_t open_windows(parsers::TimePoint now) const { return windows_.count(now); }
  void load_windows(parsers::TimePoint now);
  // The first sign-ins are still coming in, and nobody is judged until they are whole.
  bool is_learning(parsers::TimePoint now) { return learning_.lasts(now); }

 private:
  void put_alert(const parsers::Alert& alert);
  bool consider(storage::EventId id, const storage::IndexEntry& entry);  // whether it is a candidate
  void take_notice(const storage::Batch& batch);
  void recover_notices();
  void watch_again();
  void follow_again();
  void renew_titles();
  correlate::Span reach_of(const parsers::Alert& alert) const;

  using Users = std::set<std::string>;
  // True when there is more of them.
  bool note_traits();
  bool correlate_alerts(parsers::TimePoint now);
  bool correlate_sign_ins(parsers::TimePoint now);
  bool correlate_backlog(parsers::TimePoint now);
  void correlate_events(parsers::TimePoint now);
  void note_backlog(const parsers::Alert& alert);
  void note_serving_before(std::uint64_t host_key, parsers::TimePoint end, Users& users);
  void note_notices(Users& users);
  // Add whom it concerns beyond the click's own user.
  void note_serving(std::uint64_t host, const correlate::Click& click, Users& users);
  void note_click(const correlate::Click& click, Users& users);
  // Where a lure may have led.
  void note_onward(const correlate::Click& row, Users& users);
  std::set<std::string> judge(const Users& users, parsers::TimePoint now);
  void judge_some(Users users, parsers::TimePoint now);
  bool judge_due(parsers::TimePoint now);
  std::vector<correlate::OtherUser> others_on(const correlate::Finding& finding);
  void note_told(const correlate::Finding& finding, Users& again);
  void note_finding(correlate::Finding& finding, parsers::TimePoint now, Users& again);

  void release_suppressed(parsers::TimePoint now);
  void put(const storage::FindingRow& row);

  static constexpr std::size_t kMaxOthers = 1000;  // users on one lure that a finding knows of

  const config::Config& config_;
  storage::EventStore& events_;
  storage::State& state_;
  storage::StateLookup lookup_;
  Deriver& deriver_;
  StoreFacts facts_;
  correlate::Engine engine_;
  Learning learning_;
  std::shared_ptr<const exclusions::ExclusionSet> exclusions_ = std::make_shared<const exclusions::ExclusionSet>();
  Watch watch_;
  Backlog backlog_;
  Crowd crowd_;
  OpenWindows windows_;
  Followers followers_;
  storage::Batch notices_;                    // its sightings and host names: not yet written
  bool names_somebody_ = false;               // one of them: who was behind a nameless click
  std::unordered_set<std::string> nameless_;  // clients of clicks without a name
  std::vector<storage::EventId>
      candidates_;  // stored, not yet correlated: on a watched host, or where a lure may have led
  std::vector<storage::EventId> waiting_;  // of those, the ones that name nobody and wait for notices_
  storage::EventId cursor_ = 0;            // as saved
  parsers::TimePoint cursor_saved_{};
};

}  // namespace sensor

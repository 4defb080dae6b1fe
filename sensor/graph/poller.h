// Polls Microsoft Graph's two feeds and hands over what it finds; keeps no state but the cursors it is given.
//
// Threads: owns one thread with its own io_context. `FeedSink::deliver` is called on that thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "parsers/graph.h"
#include "parsers/graph_users.h"
#include "parsers/time.h"
#include "sensor/graph/credential.h"
#include "sensor/graph/settings.h"

namespace graph {

enum class FeedName { alerts, signins, users };
const char* to_string(FeedName feed);

// A page's records, to be committed together with the cursor. `cursor` is empty in the middle of a poll: then records
// are stored and the stored cursor stays, so that a crash asks again from where the last complete poll ended.
struct FeedBatch {
  FeedName feed = FeedName::alerts;
  std::vector<parsers::Alert> alerts;
  std::vector<parsers::SignIn> signins;
  std::vector<parsers::DirectoryUser> users;
  bool users_begin_anew = false;  // all users known before are void: `users` are the first of a new list
  std::string cursor;
  // Where it stands in the poll that it came by; the end of a feed's first poll is told even when it brings nothing.
  enum class Round { none, goes_on, ends } round = Round::none;
  std::string habit;  // when not empty: to be kept as the cursor "graph.FEED.habit" and given back at the next start
};

class FeedSink {
 public:
  virtual ~FeedSink() = default;
  // Takes the batch; blocks while the writer's queue is full (bounded). False: shutting down, stop polling.
  virtual bool deliver(FeedBatch batch) = 0;
};

// How long after its own time a row first showed; rows read as history don't count.
struct LatenessStatus {
  std::uint64_t rows = 0;
  std::chrono::seconds p50{}, p90{}, p99{}, p999{};
  std::optional<std::chrono::minutes> suggested_overlap;  // when the configured one is too short for what was seen
};

// A poll that takes more than one request: from where, how far, to where.
struct Progress {
  parsers::TimePoint from{}, reached{}, until{};
};

struct SilenceStatus {
  parsers::TimePoint since{};
  parsers::Duration usual{};
};

struct FeedStatus {
  std::string cursor;  // high-water mark as RFC 3339; empty before the first poll
  std::optional<parsers::TimePoint> last_success;
  std::optional<parsers::TimePoint> next_poll;
  std::string last_error;             // a sentence; empty after a success
  std::vector<std::string> warnings;  // what is not as configured or was not read though polling goes on; each once
  std::uint64_t records = 0;          // received, repeats included
  std::uint64_t rejected = 0;         // records that could not be read
  std::uint64_t throttled = 0;        // answers 429
  std::uint64_t polls = 0;
  std::uint64_t requests = 0;
  std::uint64_t fresh = 0;    // records not seen before by this process
  std::uint64_t damaged = 0;  // pages that came cut, damaged or partial
  std::uint64_t gaps = 0;     // stretches that were passed over because they stayed unreadable; each is a warning
  LatenessStatus lateness;
  std::optional<SilenceStatus> silence;                  // quiet for longer than is usual at this hour
  std::optional<Progress> progress;                      // while history is read
  std::optional<std::chrono::milliseconds> clock_ahead;  // this machine's clock against Graph's
};

struct Cursors {
  std::string alerts, signins, users;
  std::string alerts_habit, signins_habit;
};

class Poller {
 public:
  // `cursors` come from the state database, one a feed; empty: backfill from now.
  Poller(Settings settings, FeedSink& sink, Cursors cursors, std::function<parsers::TimePoint()> now);
  ~Poller();  // stops and joins

  void start();                            // the first poll begins at once; does nothing without a tenant_id
  void stop();                             // returns when the thread has ended; a request under way is cancelled
  FeedStatus status(FeedName feed) const;  // any thread
  bool polls(FeedName feed) const;         // any thread: the feed is enabled
  Credential credential() const;           // any thread: what it signs in with

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Why this cloud can't serve the feed, as a sentence; empty when it can, as far as Microsoft documents it.
std::string missing_api(const Settings& settings, FeedName feed);

// For `check --connect`: one token and one record of each enabled feed. Empty when all is well, else sentences.
std::vector<std::string> probe(const Settings& settings);

}  // namespace graph

// Steps 3 to 5 of an event's road: header, CEF, normalise; and the batch that carries the result to the writer.
//
// Batches are numbered from 1. Who owes its sender an acknowledgement notes batch_number() when it has taken a message,
// calls hurry() when it has no more for now, and hears by CommitObserver what became of that batch.
//
// Threads: one Intake a network thread; not shared. Whoever runs the writer brings settle() back to that thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/normalise.h"
#include "sensor/ingest/input.h"
#include "sensor/ingest/notices.h"
#include "storage/event_store.h"

namespace ingest {

// The index entry of a normalised event: the keys by which correlation finds it again.
storage::IndexEntry make_entry(const parsers::Normalised& message, parsers::TimePoint received);

class CommitObserver {
 public:
  // Batches settle in the order of their numbers. lost: the disk refused it, and its messages are nowhere.
  enum class Fate { committed, lost };
  virtual void settled(std::uint64_t batch_number, Fate fate) = 0;

 protected:
  ~CommitObserver() = default;
};

// Looks at messages as they pass; slows ingest by as much as it takes.
class Onlooker {
 public:
  virtual void took(const Input& input, std::string_view peer, std::string_view message,
                    const parsers::Normalised& normalised, parsers::TimePoint received) = 0;
  virtual void refused(const Input& input, std::string_view peer, std::string_view bytes, std::string_view reason,
                       parsers::TimePoint received) = 0;

 protected:
  ~Onlooker() = default;
};

class Intake {
 public:
  // `push` hands a full batch to the writer and may leave another's memory in its place; false: no room, the batch is
  // left as it is.
  using Push = std::function<bool(storage::Batch&)>;
  Intake(const parsers::IdentityMap& identity, Push push);
  // The same for another identity map and writer: what waits in the batch goes to them. `identity` outlives its use.
  void connect(const parsers::IdentityMap& identity, Push push);

  // The longest that a message may lie between here and the disk before streams wait: what a crash loses of them.
  void set_commit_interval(parsers::Duration interval) { commit_interval_ = interval; }
  // Whether one lies for longer, or kMostAhead batches do. Datagrams are taken all the same: to let them lie in the
  // kernel would lose them, too.
  bool is_behind(parsers::TimePoint now) const;

  // Whether another message may be taken. Where this is false a stream waits, and a datagram is dropped and counted.
  bool has_room();

  void take(Input& input, std::string_view peer, std::string_view message, parsers::TimePoint received);
  // What framing refused: counted and kept in quarantine with its reason.
  void refuse(Input& input, std::string_view peer, std::string_view bytes, std::string_view reason,
              parsers::TimePoint received);

  std::size_t pending() const { return batch_.entries.size(); }

  // Sends what is there. False when the writer has no room.
  bool flush();

  // Of the batch that the next message goes into.
  std::uint64_t batch_number() const { return batch_number_; }
  // Sends what is there as soon as nothing else is on its way to the disk: commits are as large as they can be without
  // making anyone wait.
  void hurry();
  void settle(std::uint64_t batch_number, CommitObserver::Fate fate);
  // An observer outlives its observing; it is told nothing after forget().
  void observe(CommitObserver& observer) { observers_.push_back(&observer); }
  void forget(CommitObserver& observer) { std::erase(observers_, &observer); }

  // At most one; null: nobody. It outlives its looking on.
  void show_to(Onlooker* onlooker) { onlooker_ = onlooker; }

  static constexpr std::size_t kBatchBytes = 2u << 20;
  static constexpr std::size_t kBatchMessages = 8192;
  // Enough for the writer to have its next one at hand, and few enough to lie in the processor's cache until then.
  static constexpr std::size_t kMostAhead = 4;
  // What can't be read is kept up to so many bytes an hour, so that a flood of it drives no events out of the store.
  static constexpr std::uint64_t kQuarantineBytesAnHour = 256ull << 20;

 private:
  void reserve();
  bool may_quarantine(std::size_t bytes, parsers::TimePoint now);
  void append(Input& input, std::string_view peer, std::string_view bytes, storage::IndexEntry entry,
              std::string_view reason);

  struct SourceHash {
    std::size_t operator()(const storage::Source& source) const;
  };
  std::uint16_t source_index(const std::string& input, std::string_view peer);

  const parsers::IdentityMap* identity_;
  Push push_;
  storage::Batch batch_;
  parsers::TimePoint quarantine_hour_{};  // when the hour began that quarantine_bytes_ counts
  std::uint64_t quarantine_bytes_ = 0;
  boost::unordered_flat_map<storage::Source, std::uint16_t, SourceHash> source_indexes_;  // of batch_.sources
  std::uint16_t last_source_ = 0;  // most messages come from where the one before came from
  std::uint64_t batch_number_ = 1, settled_ = 0;
  struct Sent {
    std::uint64_t batch_number;
    parsers::TimePoint first_received;
  };
  std::deque<Sent> sent_;  // not settled
  parsers::Duration commit_interval_ = parsers::Duration::max();
  bool hurries_ = false;
  std::vector<CommitObserver*> observers_;
  Onlooker* onlooker_ = nullptr;
  parsers::Normalised scratch_;
  Notices notices_;
};

}  // namespace ingest

// What is stored of hosts that an alert reaches back to. A host of everybody's pages may have millions of messages
// within the reach, so they are read in pieces of a bounded size, each host in its turn; how far it came is part of the
// state. What a piece yields is noted like a click that arrives late.
//
// Threads: the writer's. Everything belongs into a transaction of the caller's.
#pragma once

#include <vector>

#include "sensor/derive.h"
#include "sensor/watch.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

class Backlog {
 public:
  Backlog(storage::EventStore& events, storage::State& state, Deriver& deriver, const Watch& watch)
      : events_(events), state_(state), deriver_(deriver), watch_(watch) {}

  // All that is stored by now of the host, within the reach.
  void add(std::uint64_t host_key, const correlate::Span& reach);
  bool is_empty() { return !state_.next_backlog(); }
  // The clicks of the next piece.
  std::vector<correlate::Click> next();

  // A piece, in messages parsed, some 50 ms; and what else costs as much as to parse so many of them: to look up a
  // host, to unpack a block, to note a click and judge its user.
  static constexpr std::size_t kPiece = 4000, kHostWork = 100, kBlockWork = 250, kClickWork = 40;

 private:
  std::size_t read(storage::BacklogRow row, std::size_t limit, std::vector<correlate::Click>& clicks);

  storage::EventStore& events_;
  storage::State& state_;
  Deriver& deriver_;
  const Watch& watch_;
};

}  // namespace sensor

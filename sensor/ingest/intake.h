// Steps 3 to 5 of an event's road: header, CEF, normalise; and the batch that carries the result to the writer.
//
// Threads: one Intake a network thread; not shared.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "parsers/normalise.h"
#include "sensor/ingest/input.h"
#include "sensor/ingest/notices.h"
#include "storage/event_store.h"

namespace ingest {

// The index entry of a normalised event: the keys by which correlation finds it again.
storage::IndexEntry make_entry(const parsers::Normalised& message, parsers::TimePoint received);

class Intake {
 public:
  // `push` hands a full batch to the writer; false: no room, the batch is left as it is.
  Intake(const parsers::IdentityMap& identity, std::function<bool(storage::Batch&)> push);

  // Whether another message may be taken. Where this is false a stream waits, and a datagram is dropped and counted.
  bool has_room();

  void take(Input& input, std::string_view peer, std::string_view message, parsers::TimePoint received);
  // What framing refused: counted and kept in quarantine with its reason.
  void refuse(Input& input, std::string_view peer, std::string_view bytes, std::string_view reason,
              parsers::TimePoint received);

  std::size_t pending() const { return batch_.entries.size(); }

  // Sends what is there. False when the writer has no room.
  bool flush();

  static constexpr std::size_t kBatchBytes = 1u << 20;
  static constexpr std::size_t kBatchMessages = 8192;

 private:
  void append(Input& input, std::string_view peer, std::string_view bytes, storage::IndexEntry entry,
              std::string_view reason);

  const parsers::IdentityMap& identity_;
  std::function<bool(storage::Batch&)> push_;
  storage::Batch batch_;
  parsers::Normalised scratch_;
  Notices notices_;
};

}  // namespace ingest

// What messages say by the way and correlation wants to know: which user was seen at which client's address, and which
// hosts there are below a domain. Each thing is told once a while, so that a stream of a million rows costs two
// look-ups each and tells little.
//
// Threads: one, like the Intake that owns it.
#pragma once

#include <cstdint>
#include <vector>

#include "parsers/event.h"
#include "storage/event_store.h"

namespace ingest {

class Notices {
 public:
  Notices();
  // Adds to batch.sightings and batch.host_names what `event` tells anew: at most one of each a message.
  void note(const parsers::Event& event, std::uint64_t host_key, storage::Batch& batch);

 private:
  // Remembers what was told last for each slot: bounded, and a forgotten thing is only told again.
  static constexpr std::size_t kSlots = std::size_t{1} << 16;
  static bool is_known(std::vector<std::uint64_t>& slots, std::uint64_t key);

  std::vector<std::uint64_t> sightings_, hosts_;
};

}  // namespace ingest

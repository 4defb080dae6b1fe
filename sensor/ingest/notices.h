// What messages say by the way and correlation wants to know: which user was seen at which client's address, and which
// hosts there are below a domain. Each thing is told once a while, so that a stream of a million rows costs two
// look-ups each and tells little.
//
// Threads: one, like the Intake that owns it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "parsers/event.h"
#include "storage/event_store.h"

namespace ingest {

// Remembers the latest few keys of each place: bounded, and a forgotten one is only told again.
class Told {
 public:
  Told() : places_(kPlaces) {}
  // Whether `key`, a hash, was put before and is not forgotten. 46 bits of it are looked at.
  bool put(std::uint64_t key);

  static constexpr std::size_t kPlaces = std::size_t{1} << 14, kKeysAPlace = 4;

 private:
  std::vector<std::array<std::uint32_t, kKeysAPlace>> places_;  // the newest first; 0: none
};

class Notices {
 public:
  // Adds to batch.sightings and batch.host_names what `event` tells anew: at most one of each a message.
  void note(const parsers::Event& event, std::uint64_t host_key, storage::Batch& batch);

 private:
  Told sightings_, hosts_;
};

}  // namespace ingest

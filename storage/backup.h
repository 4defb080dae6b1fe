// A consistent copy of a whole store, made beside the service that writes to it, and the proof that a copy is good.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/event_store.h"
#include "storage/state.h"

namespace storage {

struct BackupResult {
  std::uint64_t segments = 0, linked = 0;  // linked: sealed segments on the same file system, which cost no room
  std::uint64_t bytes = 0;                 // of the copy, with what is linked
  std::vector<std::string> left_out;       // damaged segments, a sentence each
};

// Copies the store in `directory` to `target`, which must be empty or missing, and flushes it. First the state, then
// the segments from the oldest: the copy never says that an event was correlated which it lacks. Writers are not held
// up. Throws SqliteError or std::system_error with a sentence.
BackupResult back_up(const std::string& directory, const std::string& target);

struct StoreCheck {
  StoreStats events;
  State::Counts records;
  std::vector<std::string> faults;  // a sentence for each thing that is wrong; empty: the store is whole
};

// Opens the store in `directory` as the service would and reads everything. Changes nothing.
StoreCheck check_store(const std::string& directory);

}  // namespace storage

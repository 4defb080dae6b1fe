// [identity] of the configuration as the map that normalising uses.
#pragma once

#include <stdexcept>

#include "parsers/identity.h"
#include "parsers/user_directory.h"
#include "sensor/config/config.h"
#include "storage/state.h"

namespace sensor {

// What the configuration names is wrong, though the file itself reads well.
struct BadConfig : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws BadConfig with file, line and what is wrong when map_file can't be read.
parsers::IdentityMap load_identity(const config::Config& config);

// The users that Graph told of, as the store has them.
void read_users(storage::State& state, parsers::UserDirectory& directory);

}  // namespace sensor

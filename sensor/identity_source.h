// [identity] of the configuration as the map that normalising uses.
#pragma once

#include "parsers/identity.h"
#include "sensor/config/config.h"

namespace sensor {

// Throws std::runtime_error with file, line and what is wrong when map_file can't be read.
parsers::IdentityMap load_identity(const config::Config& config);

}  // namespace sensor

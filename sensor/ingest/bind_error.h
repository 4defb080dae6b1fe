// The sentence for a socket that can't be had.
#pragma once

#include <stdexcept>

#include "sensor/config/config.h"

namespace ingest {

std::runtime_error bind_error(const config::Listen& input, int error_number);

}  // namespace ingest

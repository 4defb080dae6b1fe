// Whether a socket can be had, and the sentence for one that can't.
#pragma once

#include <stdexcept>
#include <string>

#include "sensor/config/config.h"

namespace ingest {

std::runtime_error bind_error(const config::Listen& input, int error_number);

// Binds and lets go again. The sentence of bind_error when that fails, else "".
std::string try_bind(const config::Listen& input);

}  // namespace ingest

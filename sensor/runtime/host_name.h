// The name of the machine that the sensor runs on.
#pragma once

#include <string>

namespace runtime {

// As the kernel has it, read once; empty where it can't be read.
const std::string& host_name();

}  // namespace runtime

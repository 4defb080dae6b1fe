// Looks at the machine for `doctor`: kernel, clock, ports and who holds them, files. Reads /proc; changes nothing.
#pragma once

#include "sensor/doctor.h"

namespace commands {

// `running`: the sensor holds its ports itself. Asks Graph when `ask_graph`.
sensor::MachineFacts look_at_machine(const config::Config& config, bool running, bool ask_graph);

}  // namespace commands

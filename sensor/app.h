// The daemon: wires every part, serves until it is told to stop. The only file that knows them all.
#pragma once

#include "sensor/config/config.h"

namespace sensor {

// Exit status; see contract/commands.md. Logs what it can't do and returns 1 when it can't start.
int run_daemon(config::Config config);

}  // namespace sensor

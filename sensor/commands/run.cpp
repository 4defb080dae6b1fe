#include "sensor/app.h"
#include "sensor/commands/command.h"
#include "sensor/runtime/log.h"

namespace commands {

void add_run(CLI::App& program, Invocation& invocation) {
  CLI::App* command = add_command(program, invocation, "run", "the daemon: listens, polls, correlates, writes findings",
                                  Prints::nothing);
  command->footer(
      "SIGTERM and SIGINT drain and stop; SIGHUP reads the configuration again and reopens the alert file.");
  command->callback([&invocation] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    runtime::start_log(spdlog::level::info);
    invocation.status = sensor::run_daemon(std::move(config));
  });
}

}  // namespace commands

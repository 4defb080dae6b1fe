#include "sensor/status.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "sensor/commands/command.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/control_socket.h"

namespace commands {

void add_status(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      add_command(program, invocation, "status",
                  "one screen: inputs, Graph feeds, store, findings; what is wrong first", Prints::facts);
  command->callback([&invocation] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    std::string error;
    const auto status = runtime::ask(config.status.socket, "status", error);
    if (!status) {
      fmt::print(stderr, "{}\nIs the service up? systemctl status lurewatch\n", error);
      invocation.status = Exit::unreachable;
    } else if (invocation.json) {
      fmt::print("{}\n", boost::json::serialize(*status));
    } else {
      fmt::print("{}", sensor::status_text(*status, runtime::now()));
    }
  });
}

}  // namespace commands

#include "sensor/status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "sensor/commands/command.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/control_socket.h"

namespace commands {

namespace {

constexpr auto kWatchInterval = std::chrono::seconds(2);
constexpr const char* kClearScreen = "\033[H\033[2J";

int show(const config::Loaded& loaded, bool json, bool watching) {
  std::string error;
  const auto status = runtime::ask(loaded.config.status.socket, "status", error, runtime::kReloadGap);
  if (watching && !json && ::isatty(STDOUT_FILENO)) fmt::print("{}", kClearScreen);
  if (!status) {
    fmt::print(stderr, "{}\nIs the service up? systemctl status lurewatch\n", error);
    return loaded.mistakes.empty() ? Exit::unreachable : Exit::bad_config;
  }
  if (!loaded.mistakes.empty()) fmt::print(stderr, "The service that answers runs by what the file said before.\n");
  if (json)
    fmt::print("{}\n", boost::json::serialize(*status));
  else
    fmt::print("{}", sensor::status_text(*status, runtime::now()));
  std::fflush(stdout);
  return Exit::done;
}

}  // namespace

void add_status(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      add_command(program, invocation, "status",
                  "one screen: inputs, Graph feeds, store, findings; what is wrong first", Prints::facts);
  auto watch = std::make_shared<bool>(false);
  command->add_flag("--watch", *watch, "again every two seconds, until interrupted");
  command->callback([&invocation, watch] {
    // A file with mistakes doesn't hide a service that goes on with what the file said before.
    const config::Loaded loaded = load_and_tell(invocation);
    do {
      invocation.status = show(loaded, invocation.json, *watch);
      if (*watch) std::this_thread::sleep_for(kWatchInterval);
    } while (*watch);
  });
}

}  // namespace commands

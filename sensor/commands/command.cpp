#include "sensor/commands/command.h"

#include <fmt/format.h>

#include <filesystem>

namespace commands {

CLI::App* add_command(CLI::App& program, Invocation& invocation, const char* name, const char* description,
                      Prints prints) {
  CLI::App* command = program.add_subcommand(name, description);
  command->add_option("--config", invocation.config_file, "the configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  if (prints == Prints::facts) command->add_flag("--json", invocation.json, "print JSON: one object, or one a line");
  return command;
}

config::Loaded load_and_tell(const Invocation& invocation) {
  config::Loaded loaded = config::load_file(invocation.config_file);
  for (const config::Mistake& mistake : loaded.mistakes) fmt::print(stderr, "{}", config::to_text(mistake));
  return loaded;
}

bool load_config(Invocation& invocation, Missing missing, config::Config& config) {
  if (missing == Missing::is_default && invocation.config_file == config::kDefaultFile &&
      !std::filesystem::exists(invocation.config_file)) {
    config = config::load_text("", "").config;
    return true;
  }
  config::Loaded loaded = load_and_tell(invocation);
  if (!loaded.mistakes.empty()) {
    invocation.status = Exit::bad_config;
    return false;
  }
  config = std::move(loaded.config);
  return true;
}

}  // namespace commands

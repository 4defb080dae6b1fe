// What every command shares: its options, its exit status, and how it prints.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "sensor/config/load.h"

namespace commands {

// contract/commands.md
enum Exit : int { done = 0, no = 1, usage = 2, unreachable = 69, bad_config = 78 };

// Filled by CLI11 as it parses; `status` by the command that ran.
struct Invocation {
  std::string config_file = config::kDefaultFile;
  bool json = false;
  int status = Exit::done;
};

// Adds --config, and --json where `prints_facts`.
enum class Prints { facts, nothing };
CLI::App* add_command(CLI::App& program, Invocation& invocation, const char* name, const char* description,
                      Prints prints);

// The configuration, or nothing after its mistakes have been printed and `status` set. `missing_is_default`: a command
// that only reads (replay, explain) also works where nothing is installed, as long as --config was not given.
enum class Missing { is_error, is_default };
bool load_config(Invocation& invocation, Missing missing, config::Config& config);

// The file as it is, after its mistakes have been printed.
config::Loaded load_and_tell(const Invocation& invocation);

void add_run(CLI::App& program, Invocation& invocation);
void add_check(CLI::App& program, Invocation& invocation);
void add_status(CLI::App& program, Invocation& invocation);
void add_replay(CLI::App& program, Invocation& invocation);
void add_explain(CLI::App& program, Invocation& invocation);
void add_findings(CLI::App& program, Invocation& invocation);
void add_query(CLI::App& program, Invocation& invocation);
void add_backup(CLI::App& program, Invocation& invocation);
void add_restore(CLI::App& program, Invocation& invocation);
void add_doctor(CLI::App& program, Invocation& invocation);
void add_simulate(CLI::App& program, Invocation& invocation);
void add_support_bundle(CLI::App& program, Invocation& invocation);
void add_why(CLI::App& program, Invocation& invocation);
void add_why_not(CLI::App& program, Invocation& invocation);
void add_tap(CLI::App& program, Invocation& invocation);
void add_hunt(CLI::App& program, Invocation& invocation);

}  // namespace commands

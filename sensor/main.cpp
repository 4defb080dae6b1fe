#include <fmt/format.h>

#include <exception>

#include "sensor/commands/command.h"
#include "sensor/identity_source.h"

int main(int argc, char** argv) {
  CLI::App program{"Lurewatch: did a user who reached a phishing page just get signed in by the phisher?", "lurewatch"};
  program.set_version_flag("--version", std::string("lurewatch ") + LUREWATCH_VERSION);
  program.require_subcommand(1);
  commands::Invocation invocation;
  commands::add_run(program, invocation);
  commands::add_check(program, invocation);
  commands::add_status(program, invocation);
  commands::add_replay(program, invocation);
  commands::add_explain(program, invocation);
  commands::add_findings(program, invocation);
  commands::add_query(program, invocation);
  commands::add_tap(program, invocation);
  commands::add_backup(program, invocation);
  commands::add_restore(program, invocation);
  commands::add_doctor(program, invocation);
  commands::add_simulate(program, invocation);
  commands::add_support_bundle(program, invocation);
  commands::add_why(program, invocation);
  commands::add_why_not(program, invocation);
  commands::add_hunt(program, invocation);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = program.exit(error);
    return code == 0 ? 0 : commands::Exit::usage;
  } catch (const sensor::BadConfig& error) {
    fmt::print(stderr, "lurewatch: {}\n", error.what());
    return commands::Exit::bad_config;
  } catch (const std::exception& error) {
    fmt::print(stderr, "lurewatch: {}\n", error.what());
    return commands::Exit::no;
  }
  return invocation.status;
}

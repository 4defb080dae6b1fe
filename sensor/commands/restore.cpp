#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "sensor/commands/command.h"
#include "sensor/config/values.h"
#include "storage/backup.h"

namespace commands {
namespace {

void print_check(const std::string& directory, const storage::StoreCheck& check, bool json) {
  const std::string oldest = check.events.oldest ? parsers::format_rfc3339(*check.events.oldest) : "";
  if (json) {
    boost::json::array faults;
    for (const std::string& fault : check.faults) faults.push_back(boost::json::string(fault));
    fmt::print("{}\n", boost::json::serialize(boost::json::value{
                           {"directory", directory},
                           {"whole", check.faults.empty()},
                           {"events", check.events.events},
                           {"segments", check.events.segments},
                           {"oldest", oldest.empty() ? boost::json::value(nullptr) : boost::json::value(oldest)},
                           {"alerts", check.records.alerts},
                           {"sign_ins", check.records.sign_ins},
                           {"findings", check.records.findings},
                           {"faults", std::move(faults)}}));
    return;
  }
  for (const std::string& fault : check.faults) fmt::print(stderr, "{}\n", fault);
  fmt::print("{}: {}: {} events in {} segments{}{}, {} alerts, {} sign-ins, {} findings\n", directory,
             check.faults.empty() ? "whole" : "not whole", check.events.events, check.events.segments,
             oldest.empty() ? "" : " since ", oldest, check.records.alerts, check.records.sign_ins,
             check.records.findings);
}

}  // namespace

void add_restore(CLI::App& program, Invocation& invocation) {
  struct Options {
    std::string directory;
    bool check = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, invocation, "restore",
                  "puts a backup where [storage] directory is empty; --check only proves it", Prints::facts);
  command->add_option("DIR", options->directory, "the backup")->required()->check(CLI::ExistingDirectory);
  command->add_flag("--check", options->check, "read all of it and say whether it is whole; changes nothing");
  command->footer("Exit status 1: the backup is not whole, and nothing was restored.");
  command->callback([&invocation, options] {
    config::Config config;
    const Missing missing = options->check ? Missing::is_default : Missing::is_error;
    if (!load_config(invocation, missing, config)) return;
    const storage::StoreCheck check = storage::check_store(options->directory);
    print_check(options->directory, check, invocation.json);
    if (!check.faults.empty()) {
      invocation.status = Exit::no;
      return;
    }
    if (options->check) return;
    const storage::BackupResult result = storage::back_up(options->directory, config.storage.directory);
    fmt::print(stderr, "{}: restored, {} segments\n", config.storage.directory, result.segments);
  });
}

}  // namespace commands

#include "storage/backup.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <memory>

#include "sensor/commands/command.h"
#include "sensor/config/values.h"

namespace commands {

void add_backup(CLI::App& program, Invocation& invocation) {
  auto target = std::make_shared<std::string>();
  CLI::App* command = add_command(program, invocation, "backup",
                                  "a consistent copy of the store, also while it is running", Prints::facts);
  command->add_option("DIR", *target, "the folder to make; it must be empty or missing")->required();
  command->footer(
      "On the same file system closed segments are linked, which takes no room; only a copy elsewhere outlives the "
      "disk.\n"
      "`lurewatch restore DIR --check` proves that a copy is whole.");
  command->callback([&invocation, target] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    const storage::BackupResult result = storage::back_up(config.storage.directory, *target);
    for (const std::string& sentence : result.left_out) fmt::print(stderr, "{}\n", sentence);
    if (invocation.json) {
      fmt::print("{}\n", boost::json::serialize(boost::json::value{{"directory", *target},
                                                                   {"segments", result.segments},
                                                                   {"linked", result.linked},
                                                                   {"bytes", result.bytes},
                                                                   {"left_out", result.left_out.size()}}));
    } else {
      fmt::print("{}: {} segments ({} of them linked) and the state, {}\n", *target, result.segments, result.linked,
                 config::format_size(result.bytes));
    }
    if (!result.left_out.empty()) invocation.status = Exit::no;
  });
}

}  // namespace commands

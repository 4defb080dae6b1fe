#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "sensor/commands/command.h"
#include "sensor/findings/story.h"
#include "storage/state.h"

namespace commands {
namespace {

int print_findings(const config::Config& config, const std::string& id, std::size_t limit, bool json) {
  const std::string path = config.storage.directory + "/state.db";
  if (!std::filesystem::exists(path)) {
    fmt::print(stderr, "{}: there is no store here; [storage] directory names where it should be\n", path);
    return Exit::unreachable;
  }
  storage::State state(path, storage::State::Mode::read_only);
  std::vector<storage::FindingRow> rows;
  if (id.empty()) {
    rows = state.latest_findings(limit);
  } else if (auto row = state.latest_finding(id)) {
    rows.push_back(std::move(*row));
  }
  for (const storage::FindingRow& row : rows) {
    if (json)
      fmt::print("{}\n", row.json);
    else if (id.empty())
      fmt::print("{}\n", findings::one_line(row.json));
    else
      fmt::print("{}", findings::tell(row.json));
  }
  if (!rows.empty()) return Exit::done;
  fmt::print(stderr, "{}\n", id.empty() ? std::string("no findings") : fmt::format("there is no finding {}", id));
  return Exit::no;
}

}  // namespace

void add_findings(CLI::App& program, Invocation& invocation) {
  struct Options {
    std::string id;
    std::size_t limit = 100;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, invocation, "findings",
                                  "lists findings, newest first; with an ID tells one in time order", Prints::facts);
  command->add_option("ID", options->id, "the finding to tell");
  command->add_option("--limit", options->limit, "at most this many")->capture_default_str();
  command->callback([&invocation, options] {
    config::Config config;
    if (load_config(invocation, Missing::is_error, config))
      invocation.status = print_findings(config, options->id, options->limit, invocation.json);
  });
}

}  // namespace commands

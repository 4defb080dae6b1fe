#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <memory>

#include "sensor/commands/command.h"
#include "sensor/commands/store_view.h"
#include "sensor/findings/story.h"
#include "sensor/findings/text.h"

namespace commands {
namespace {

struct Options {
  std::string id;
  std::size_t limit = 100;
  bool suppressed = false;
};

// The finding's line with what suppressed it as one more member.
std::string with_rules(const storage::SuppressedRow& row) {
  return row.finding.json.substr(0, row.finding.json.size() - 1) + ",\"suppressed_by\":" + row.rules + '}';
}

std::string told_rules(const storage::SuppressedRow& row) {
  std::string told;
  const boost::json::value rules = boost::json::parse(row.rules);
  for (const boost::json::value& rule : rules.as_array()) {
    const auto text = [&](const char* key) { return findings::printable(rule.at(key).as_string()); };
    told += fmt::format("  suppressed by {}: {} ({}, until {}; {}:{})\n", text("name"), text("reason"), text("owner"),
                        text("expires"), text("file"), rule.at("line").as_int64());
  }
  return told;
}

std::size_t print_suppressed(storage::State& state, const Options& options, bool json) {
  std::vector<storage::SuppressedRow> rows;
  if (options.id.empty())
    rows = state.suppressed(options.limit);
  else if (auto row = state.suppressed(options.id))
    rows.push_back(std::move(*row));
  for (const storage::SuppressedRow& row : rows) {
    if (json)
      fmt::print("{}\n", with_rules(row));
    else if (options.id.empty())
      fmt::print("{}\n{}", findings::one_line(row.finding.json), told_rules(row));
    else
      fmt::print("{}\n{}", findings::tell(row.finding.json), told_rules(row));
  }
  return rows.size();
}

std::size_t print_findings(storage::State& state, const Options& options, bool json) {
  std::vector<storage::FindingRow> rows;
  if (options.id.empty())
    rows = state.latest_findings(options.limit);
  else if (auto row = state.latest_finding(options.id))
    rows.push_back(std::move(*row));
  for (const storage::FindingRow& row : rows) {
    if (json)
      fmt::print("{}\n", row.json);
    else if (options.id.empty())
      fmt::print("{}\n", findings::one_line(row.json));
    else
      fmt::print("{}", findings::tell(row.json));
  }
  return rows.size();
}

}  // namespace

void add_findings(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, invocation, "findings",
                                  "lists findings, newest first; with an ID tells one in time order", Prints::facts);
  command->add_option("ID", options->id, "the finding to tell");
  command->add_option("--limit", options->limit, "at most this many")->capture_default_str();
  command->add_flag("--suppressed", options->suppressed, "those that exclusions keep out of the alert files, and why");
  command->footer("Exit status 1: there is none.");
  command->callback([&invocation, options] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    auto state = open_state(config, invocation);
    if (!state) return;
    const std::size_t count = options->suppressed ? print_suppressed(*state, *options, invocation.json)
                                                  : print_findings(*state, *options, invocation.json);
    if (count != 0) return;
    const char* kind = options->suppressed ? "suppressed finding" : "finding";
    fmt::print(stderr, "{}\n",
               options->id.empty() ? fmt::format("no {}s", kind) : fmt::format("there is no {} {}", kind, options->id));
    if (!options->suppressed && !options->id.empty() && state->suppressed(options->id))
      fmt::print(stderr, "an exclusion suppresses it: lurewatch findings {} --suppressed\n", options->id);
    invocation.status = Exit::no;
  });
}

}  // namespace commands

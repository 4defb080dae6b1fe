#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "sensor/commands/command.h"
#include "sensor/commands/store_view.h"
#include "sensor/findings/line_reader.h"
#include "sensor/findings/story.h"
#include "sensor/walk.h"

namespace commands {
namespace {

namespace json = boost::json;

// Written or suppressed; nothing when there is none of that id.
std::string line_of(storage::State& state, const std::string& id, bool& is_suppressed) {
  if (const auto row = state.latest_finding(id)) return row->json;
  const auto row = state.suppressed(id);
  is_suppressed = row.has_value();
  return row ? row->finding.json : std::string();
}

int print_why(RuleView& rule, const std::string& id, bool as_json) {
  bool is_suppressed = false;
  const std::string line = line_of(rule.store.state, id, is_suppressed);
  if (line.empty()) {
    fmt::print(stderr, "there is no finding {}; `lurewatch findings` lists them\n", id);
    return Exit::no;
  }
  const json::object finding = findings::parse_line(line);
  sensor::WalkQuestion question;
  question.user = findings::text_of(finding, "user");
  if (!parsers::parse_url(findings::text_of(finding, "url"), "https", question.url)) {
    fmt::print(stderr, "finding {} holds no URL to ask about\n", id);
    return Exit::no;
  }
  const sensor::Walk walk = sensor::walk(rule.store.facts, rule.engine, rule.settings, question);
  if (as_json) {
    json::object answer{{"id", id}, {"suppressed", is_suppressed}};
    for (const char* key : {"user", "url", "ip", "confidence", "severity", "reasons", "match"})
      if (const json::value* value = finding.if_contains(key)) answer[key] = *value;
    answer["edges"] = sensor::walk_json(walk)["edges"];
    fmt::print("{}\n", json::serialize(answer));
    return Exit::done;
  }
  fmt::print("{}", findings::verdict(line));
  if (is_suppressed) fmt::print("\nAn exclusion suppresses it: lurewatch findings {} --suppressed\n", id);
  fmt::print("\nEvery edge, with the rows stored now\n{}", sensor::walk_text(walk));
  return Exit::done;
}

}  // namespace

void add_why(CLI::App& program, Invocation& invocation) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = add_command(program, invocation, "why",
                                  "why a finding is one: its terms, and each edge with its candidates", Prints::facts);
  command->add_option("ID", *id, "the finding")->required();
  command->footer("`findings ID` tells it in the order of time. Exit status 1: there is no such finding.");
  command->callback([&invocation, id] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    if (const auto rule = open_rule(config, invocation)) invocation.status = print_why(*rule, *id, invocation.json);
  });
}

}  // namespace commands

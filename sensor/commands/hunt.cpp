#include "sensor/hunt.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <memory>
#include <tuple>

#include "parsers/identity.h"
#include "sensor/commands/command.h"
#include "sensor/commands/store_view.h"
#include "sensor/commands/time_argument.h"
#include "sensor/findings/line_reader.h"
#include "sensor/findings/story.h"
#include "sensor/findings/text.h"
#include "sensor/runtime/clock.h"

namespace commands {
namespace {

namespace json = boost::json;

struct Options {
  std::string since, until, user, url, mode = "normalised", runs = "daily";
  bool compare = false, rows = false;
};

constexpr std::size_t kProgressEvery = 100;  // alerts or users

void show_progress(const sensor::HuntProgress& done) {
  if (!::isatty(STDERR_FILENO)) return;
  if (done.users == 0 && done.alerts % kProgressEvery == 0) fmt::print(stderr, "\r{} alerts looked at", done.alerts);
  if (done.users > 0 && done.judged % kProgressEvery == 0)
    fmt::print(stderr, "\r{} of {} users judged  ", done.judged, done.users);
}

using Key = std::tuple<std::string, std::string, std::string>;  // user, host, address
struct Pair {
  std::string normalised, seed_exact;  // lines; empty: not found
};

void collect(const std::vector<std::string>& lines, std::string Pair::* side, std::map<Key, Pair>& pairs) {
  for (const std::string& line : lines) {
    const json::object finding = findings::parse_line(line);
    const auto text = [&](const char* key) { return std::string(findings::text_of(finding, key)); };
    pairs[{text("user"), text("host"), text("ip")}].*side = line;
  }
}

json::value side_json(const std::string& line) {
  if (line.empty()) return nullptr;
  const json::object finding = findings::parse_line(line);
  json::object side;
  for (const char* key : {"id", "severity", "confidence", "url", "first_seen", "last_seen"})
    if (const json::value* value = finding.if_contains(key)) side[key] = *value;
  return side;
}

std::string side_text(const std::string& line) {
  if (line.empty()) return "-";
  const json::object finding = findings::parse_line(line);
  return fmt::format("{} {:.2f}", findings::printable(findings::text_of(finding, "severity")),
                     findings::number_of(finding, "confidence"));
}

std::size_t print_comparison(const std::vector<std::string>& normalised, const std::vector<std::string>& seed_exact,
                             bool as_json) {
  std::map<Key, Pair> pairs;
  collect(normalised, &Pair::normalised, pairs);
  collect(seed_exact, &Pair::seed_exact, pairs);
  if (!as_json && !pairs.empty()) fmt::print("{:<14} {:<14} {}\n", "normalised", "seed-exact", "user, host, address");
  std::size_t both = 0;
  for (const auto& [key, pair] : pairs) {
    const auto& [user, host, ip] = key;
    both += !pair.normalised.empty() && !pair.seed_exact.empty();
    if (as_json)
      fmt::print("{}\n", json::serialize(json::object{{"user", user},
                                                      {"host", host},
                                                      {"ip", ip},
                                                      {"normalised", side_json(pair.normalised)},
                                                      {"seed_exact", side_json(pair.seed_exact)}}));
    else
      fmt::print("{:<14} {:<14} {} {} {}\n", side_text(pair.normalised), side_text(pair.seed_exact),
                 findings::printable(user), findings::printable(host), findings::printable(ip));
  }
  const auto found = [&](std::string Pair::* side) {
    return std::ranges::count_if(pairs, [&](const auto& entry) { return !(entry.second.*side).empty(); });
  };
  fmt::print(stderr, "normalised finds {}, the published rule {}, both {}\n", found(&Pair::normalised),
             found(&Pair::seed_exact), both);
  return pairs.size();
}

void print_lines(const std::vector<std::string>& lines, bool as_json) {
  for (const std::string& line : lines)
    fmt::print("{}\n", as_json || !::isatty(STDOUT_FILENO) ? line : findings::one_line(line));
}

bool take_query(const Options& options, parsers::TimePoint now, sensor::HuntQuery& query) {
  if (!take_time("--since", options.since, parsers::TimePoint::min(), now, query.since) ||
      !take_time("--until", options.until, parsers::TimePoint::max(), now, query.until))
    return false;
  if (!options.url.empty() && !take_url(options.url, query.url)) return false;
  query.user = parsers::parse_user_name(options.user).user;
  return true;
}

int run_hunt(RuleView& rule, const Options& options, const sensor::HuntQuery& query, bool as_json) {
  const auto now = runtime::now();
  sensor::SeedResult published;
  sensor::HuntResult hunted;
  const bool seed = options.mode == "seed-exact";
  if (seed || options.compare)
    published = sensor::hunt_seed_exact(rule.store, query,
                                        options.runs == "once" ? sensor::SeedRuns::once : sensor::SeedRuns::daily, now);
  if (!seed || options.compare)
    hunted = sensor::hunt(rule.store, rule.settings, *rule.exclusions, query, now, show_progress);
  if (::isatty(STDERR_FILENO) && hunted.alerts >= kProgressEvery) fmt::print(stderr, "\r\033[K");
  for (const std::string& warning : rule.store.events.take_warnings()) fmt::print(stderr, "{}\n", warning);
  if (options.compare) return print_comparison(hunted.findings, published.findings, as_json) ? Exit::done : Exit::no;
  if (seed && options.rows) {
    for (const std::string& row : published.rows) fmt::print("{}\n", row);
    return published.rows.empty() ? Exit::no : Exit::done;
  }
  const auto& lines = seed ? published.findings : hunted.findings;
  print_lines(lines, as_json);
  if (seed)
    fmt::print(stderr, "the published rule: {} runs, {} rows, {} findings\n", published.runs, published.rows.size(),
               lines.size());
  else
    fmt::print(stderr, "{} alerts looked at: {} findings, {} suppressed by exclusions\n", hunted.alerts, lines.size(),
               hunted.suppressed);
  return lines.empty() ? Exit::no : Exit::done;
}

}  // namespace

void add_hunt(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, invocation, "hunt",
                                  "the rule over all that is stored; changes nothing that is written", Prints::facts);
  command->add_option("--since", options->since, "findings with evidence from then on: a time, a date, or 30d (ago)");
  command->add_option("--until", options->until, "and up to then");
  command->add_option("--user", options->user, "only this user principal name");
  command->add_option("--url", options->url, "only this URL, or this host");
  command->add_option("--mode", options->mode, "how to match")
      ->check(CLI::IsMember({"normalised", "seed-exact"}))
      ->capture_default_str();
  command->add_option("--runs", options->runs, "seed-exact: a run for each UTC day, or one over the whole time")
      ->check(CLI::IsMember({"daily", "once"}))
      ->capture_default_str();
  command->add_flag("--compare", options->compare, "both modes side by side");
  command->add_flag("--rows", options->rows, "seed-exact: print the rule's rows, 34 columns, instead of findings");
  command->footer("Findings are listed on a terminal, JSON lines in a pipe. Exit status 1: none found.");
  command->callback([&invocation, options] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    sensor::HuntQuery query;
    if (options->rows && options->mode != "seed-exact")
      fmt::print(stderr, "--rows: only the published rule has rows; add --mode seed-exact\n");
    else if (take_query(*options, runtime::now(), query)) {
      if (const auto rule = open_rule(config, invocation))
        invocation.status = run_hunt(*rule, *options, query, invocation.json);
      return;
    }
    invocation.status = Exit::usage;
  });
}

}  // namespace commands

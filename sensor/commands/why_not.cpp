#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <vector>

#include "parsers/identity.h"
#include "sensor/commands/command.h"
#include "sensor/commands/store_view.h"
#include "sensor/commands/time_argument.h"
#include "sensor/correlate/confidence.h"
#include "sensor/findings/text.h"
#include "sensor/runtime/clock.h"
#include "sensor/walk.h"

namespace commands {
namespace {

namespace json = boost::json;

struct Options {
  std::string user, url, at;
};

// What the engine says about this user and host, whatever the walk says; below the threshold too.
std::vector<correlate::Finding> findings_of(RuleView& rule, const sensor::Walk& walk,
                                            const sensor::WalkQuestion& question) {
  correlate::Settings settings = rule.settings;
  settings.minimum_confidence = 0;
  correlate::Engine engine(settings, rule.store.facts);
  std::vector<correlate::Finding> found;
  for (const parsers::Alert& alert : walk.alerts) {
    for (correlate::Finding& finding : engine.on_alert(alert)) {
      const bool is_known = std::ranges::find(found, finding.id, &correlate::Finding::id) != found.end();
      if (!is_known && finding.user == question.user && finding.host == question.url.host)
        found.push_back(std::move(finding));
    }
  }
  return found;
}

// The reason that leaves nothing of the others, if there is one.
const correlate::Reason* refutation_of(const correlate::Finding& finding) {
  const auto found = std::ranges::find_if(finding.reasons, [](const correlate::Reason& reason) {
    return reason.weight < 0 && correlate::weight_of(reason.name) == 0;
  });
  return found == finding.reasons.end() ? nullptr : &*found;
}

std::string terms_of(const correlate::Finding& finding) {
  std::string text;
  for (const correlate::Reason& reason : finding.reasons)
    if (reason.weight != 0) text += fmt::format("{}{} {:+.2f}", text.empty() ? "" : ", ", reason.name, reason.weight);
  return text;
}

struct Verdict {
  bool is_finding = false;
  std::string text, edge, condition;
  json::array ids;
};

Verdict judge(RuleView& rule, const sensor::Walk& walk, const std::vector<correlate::Finding>& found) {
  Verdict verdict;
  for (const correlate::Finding& finding : found) {
    verdict.ids.push_back(json::string(finding.id));
    if (const correlate::Reason* refutation = refutation_of(finding)) {
      verdict.edge = "refuted";
      verdict.condition = refutation->name;
      verdict.text = "the chain holds, but is refuted: " + refutation->detail;
    } else if (finding.confidence + 1e-9 < rule.settings.minimum_confidence) {
      verdict.edge = "confidence";
      verdict.condition = "minimum-confidence";
      verdict.text =
          fmt::format("the chain holds with confidence {:.2f} ({}); [correlation] minimum_confidence is {:.2f}",
                      finding.confidence, terms_of(finding), rule.settings.minimum_confidence);
    } else if (const auto rules = rule.exclusions->covering(finding, runtime::now()); !rules.empty()) {
      verdict.edge = "exclusion";
      verdict.condition = rules.front()->name;
      verdict.text = fmt::format("the exclusion `{}` suppresses it ({}:{}, {}): {}", rules.front()->name,
                                 rules.front()->file, rules.front()->line, rules.front()->owner, rules.front()->reason);
    } else {
      verdict.is_finding = true;
      verdict.text = fmt::format("there is a finding: lurewatch findings {}", finding.id);
      return verdict;
    }
  }
  if (!found.empty()) return verdict;
  verdict.edge = walk.failed_edge;
  verdict.condition = walk.failed_condition;
  verdict.text = walk.failed_edge.empty() ? "each edge has a row that passes, but no three of them hold together"
                                          : walk.failed_detail;
  return verdict;
}

int print_why_not(RuleView& rule, const sensor::WalkQuestion& question, bool as_json) {
  const sensor::Walk walk = sensor::walk(rule.store.facts, rule.engine, rule.settings, question);
  const Verdict verdict = judge(rule, walk, findings_of(rule, walk, question));
  if (as_json) {
    json::object answer{{"user", question.user},
                        {"url", question.url.canonical()},
                        {"at", question.at ? json::value(parsers::format_rfc3339(*question.at)) : json::value(nullptr)},
                        {"found", verdict.is_finding},
                        {"findings", verdict.ids}};
    answer["first_failed"] =
        verdict.is_finding
            ? json::value(nullptr)
            : json::value{{"edge", verdict.edge}, {"condition", verdict.condition}, {"detail", verdict.text}};
    answer["edges"] = sensor::walk_json(walk)["edges"];
    fmt::print("{}\n", json::serialize(answer));
  } else {
    fmt::print("{}{}\n\n{}", verdict.is_finding ? "" : "No finding: ", findings::printable(verdict.text),
               sensor::walk_text(walk));
  }
  return verdict.is_finding ? Exit::no : Exit::done;
}

}  // namespace

void add_why_not(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, invocation, "why-not",
                  "why there is no finding: each edge with its nearest rows, and what they failed", Prints::facts);
  command->add_option("--user", options->user, "the user principal name")->required();
  command->add_option("--url", options->url, "the URL or host of the lure")->required();
  command->add_option("--at", options->at, "about when the click was: a time, a date, or 6h (ago)");
  command->footer("Exit status 1: there is a finding after all.");
  command->callback([&invocation, options] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    sensor::WalkQuestion question;
    const auto user = parsers::parse_user_name(options->user);
    question.user = user.user;
    parsers::TimePoint at{};
    const bool is_upn = user.form == parsers::UserName::Form::upn;
    if (!is_upn) fmt::print(stderr, "--user {}: write the user principal name, user@contoso.com\n", options->user);
    if (!is_upn || !take_url(options->url, question.url) || !take_time("--at", options->at, {}, runtime::now(), at)) {
      invocation.status = Exit::usage;
      return;
    }
    if (!options->at.empty()) question.at = at;
    if (const auto rule = open_rule(config, invocation))
      invocation.status = print_why_not(*rule, question, invocation.json);
  });
}

}  // namespace commands

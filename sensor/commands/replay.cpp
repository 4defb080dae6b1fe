#include "sensor/replay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "parsers/timestamp.h"
#include "sensor/commands/command.h"
#include "sensor/findings/alert_files.h"
#include "sensor/findings/story.h"
#include "sensor/ingest/capture_filter.h"

namespace commands {
namespace {

struct Options {
  sensor::ReplayInput input;
  std::string mode = "normalised", runs = "daily", out, timezone = "UTC";
  bool rows = false;
};

void print(const std::vector<std::string>& findings, bool json) {
  const bool stories = !json && ::isatty(STDOUT_FILENO);
  for (const std::string& line : findings) fmt::print("{}\n", stories ? findings::tell(line) : line);
}

bool write_to(const std::string& directory, const config::Config& config, const std::vector<std::string>& lines) {
  const std::string& live_directory = config.alerts.directory;
  std::error_code no_such;  // of a live directory that does not exist
  if (std::filesystem::equivalent(directory, live_directory, no_such)) {
    fmt::print(stderr, "--out {}: findings of the running sensor go there; name another folder\n", directory);
    return false;
  }
  for (const findings::Format format : config.alerts.formats) {
    const std::string path = directory + '/' + std::string(findings::file_name(format));
    ::unlink(path.c_str());
    findings::AlertFile file(path, UINT64_MAX);
    std::string error;
    for (const std::string& line : lines) {
      if (file.append(findings::to_line(format, line), error)) continue;
      fmt::print(stderr, "{}: {}\n", path, error);
      return false;
    }
  }
  return true;
}

int run_replay(const config::Config& config, Options& options, bool json) {
  auto zone = parsers::load_zone(options.timezone);
  if (!zone) {
    fmt::print(stderr,
               "--timezone {}: no such time zone; write an IANA name or an offset, \"Europe/Berlin\" or \"+02:00\"\n",
               options.timezone);
    return Exit::usage;
  }
  options.input.zone = *zone;
  if (const std::string fault = ingest::filter_fault(options.input.filter); !fault.empty()) {
    fmt::print(stderr, "--filter: {}\n", fault);
    return Exit::usage;
  }
  if (options.mode == "seed-exact") options.input.mode = sensor::ReplayInput::Mode::seed_exact;
  if (options.runs == "once") options.input.seed_runs = sensor::SeedRuns::once;
  if (options.rows && options.input.mode != sensor::ReplayInput::Mode::seed_exact) {
    fmt::print(stderr, "--rows: only the published rule has rows; add --mode seed-exact\n");
    return Exit::usage;
  }
  const sensor::ReplayResult result = sensor::replay(config, options.input);
  if (options.rows)
    for (const std::string& row : result.rows) fmt::print("{}\n", row);
  else if (options.out.empty())
    print(result.findings, json);
  else if (!write_to(options.out, config, result.findings))
    return Exit::no;
  fmt::print(stderr, "{} messages ({} parsed, {} to quarantine), {} alerts, {} sign-ins: {} finding{}\n",
             result.received, result.parsed, result.quarantined, result.alerts, result.sign_ins, result.findings.size(),
             result.findings.size() == 1 ? "" : "s");
  for (const std::string& note : result.notes) fmt::print(stderr, "{}\n", note);
  if (result.rejected_records) fmt::print(stderr, "{} records of Graph could not be read\n", result.rejected_records);
  return result.findings.empty() ? Exit::no : Exit::done;
}

}  // namespace

void add_replay(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, invocation, "replay", "recorded input on the same road; writes the findings", Prints::facts);
  command
      ->add_option("FILE", options->input.message_files,
                   "syslog messages: lines, octet-counted, or a capture (pcap, pcapng)")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--alerts", options->input.alert_files, "Graph JSON of security/alerts_v2")
      ->check(CLI::ExistingFile);
  command->add_option("--signins", options->input.sign_in_files, "Graph JSON of auditLogs/signIns")
      ->check(CLI::ExistingFile);
  command->add_option("--mode", options->mode, "how to match")
      ->check(CLI::IsMember({"normalised", "seed-exact"}))
      ->capture_default_str();
  command->add_option("--runs", options->runs, "seed-exact: a run for each UTC day, or one over everything")
      ->check(CLI::IsMember({"daily", "once"}))
      ->capture_default_str();
  command->add_flag("--rows", options->rows, "seed-exact: print the rule's rows, 34 columns, instead of findings");
  command
      ->add_option("--out", options->out,
                   "write the alert files of [alerts] formats into this folder instead of printing")
      ->check(CLI::ExistingDirectory);
  command->add_option("--timezone", options->timezone, "for device times that carry no zone")->capture_default_str();
  command->add_option("--filter", options->input.filter, "of captures: what of them is syslog")->capture_default_str();
  command->footer(
      "Findings go to standard output: told on a terminal, JSON lines in a pipe. Exit status 1: none found.");
  command->callback([&invocation, options] {
    config::Config config;
    if (load_config(invocation, Missing::is_default, config))
      invocation.status = run_replay(config, *options, invocation.json);
  });
}

}  // namespace commands

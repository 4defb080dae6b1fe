#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <memory>

#include "sensor/asn_database.h"
#include "sensor/commands/command.h"
#include "sensor/config/credentials.h"
#include "sensor/exclusions/load.h"
#include "sensor/graph/poller.h"
#include "sensor/graph/proxy.h"
#include "sensor/graph/token.h"
#include "sensor/identity_source.h"
#include "sensor/ingest/bind.h"
#include "sensor/ingest/capture.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/control_socket.h"

namespace commands {
namespace {

// The nearest folder that exists must let us in: the daemon makes what is missing below it.
std::string unwritable(const std::string& directory, std::string_view key) {
  std::string existing = directory;
  struct stat info{};
  while (existing.size() > 1 && ::stat(existing.c_str(), &info) != 0 && errno == ENOENT)
    existing = existing.substr(0, std::max<std::size_t>(1, existing.rfind('/')));
  if (::stat(existing.c_str(), &info) == 0 && !S_ISDIR(info.st_mode))
    return fmt::format("{} {}: {} is not a directory", key, directory, existing);
  if (::access(existing.c_str(), W_OK | X_OK) == 0) return {};
  return fmt::format("{} {}: {} can't be written: {}", key, directory, existing, std::strerror(errno));
}

// `warnings`: what works today and won't for long, and what can't be told from here.
std::vector<std::string> environment_faults(const config::Config& config, std::vector<std::string>& warnings) {
  std::vector<std::string> faults;
  const auto add = [&](std::string fault) {
    if (!fault.empty()) faults.push_back(std::move(fault));
  };
  const auto hides_one = [&](std::initializer_list<std::string> files) {
    const std::size_t before = warnings.size();
    for (const std::string& file : files)
      if (config::is_hidden_credential(file))
        warnings.push_back(file + " was not looked at: systemd shows it to the service alone");
    return warnings.size() > before;
  };
  add(unwritable(config.storage.directory, "[storage] directory"));
  add(unwritable(config.alerts.directory, "[alerts] directory"));
  add(unwritable(std::filesystem::path(config.status.socket).parent_path(), "[status] socket's folder"));
  for (const config::Listen& input : config.listen) {
    if (config::is_unix(input.transport))
      add(unwritable(std::filesystem::path(input.path).parent_path(),
                     fmt::format("input \"{}\": the folder of its address", input.name)));
    const bool is_hidden = hides_one({input.certificate, input.private_key, input.client_ca});
    if (input.transport != config::Transport::tap && !is_hidden) add(ingest::tls_fault(input));
  }
  try {
    sensor::load_identity(config);
    sensor::asn_lookup(config.network.asn_database);
  } catch (const std::exception& error) {
    add(error.what());
  }
  if (config.graph.tenant_id.empty()) return faults;
  const graph::Settings& graph = config.graph;
  if (!hides_one(
          {graph.client_secret_file, graph.certificate_file, graph.private_key_file, graph.proxy_credentials_file})) {
    const auto credential = graph::read_credential(graph, runtime::now());
    if (!credential) {
      add("[graph] " + credential.error().detail);
    } else if (!credential->warning.empty()) {
      warnings.push_back("[graph] " + credential->warning);
    }
    if (const auto proxy = graph::read_proxy(graph, graph::ProxyEnvironment::of_process()); !proxy)
      add(proxy.error().detail);
  }
  if (config.graph.alerts.enabled) add(graph::missing_api(config.graph, graph::FeedName::alerts));
  return faults;
}

// False when there are mistakes. A rule that has ended is none: it is told, so that somebody removes or renews it.
bool check_exclusions(const config::Config& config) {
  const exclusions::Loaded loaded =
      exclusions::load_directory(config.correlation.exclusions, config::kDefaultExclusions);
  for (const config::Mistake& mistake : loaded.mistakes) fmt::print(stderr, "{}", config::to_text(mistake));
  if (!loaded.mistakes.empty()) return false;
  for (const exclusions::Exclusion& rule : loaded.set->all()) {
    if (!rule.in_force(runtime::now()))
      fmt::print(stderr, "{}:{}: exclusion `{}` ended on {} and suppresses nothing; ask {}\n", rule.file, rule.line,
                 rule.name, parsers::format_rfc3339(rule.expires), rule.owner);
  }
  return true;
}

std::vector<std::string> connection_faults(const config::Config& config) {
  std::vector<std::string> faults;
  std::string no_daemon;
  if (!runtime::ask(config.status.socket, "status", no_daemon)) {  // a running sensor holds the ports itself
    for (const config::Listen& input : config.listen) {
      std::string fault =
          input.transport == config::Transport::tap ? ingest::capture_fault(input) : ingest::connect_fault(input);
      if (!fault.empty()) faults.push_back(std::move(fault));
    }
  }
  if (!config.graph.tenant_id.empty()) {
    for (std::string& fault : graph::probe(config.graph)) faults.push_back(std::move(fault));
  }
  return faults;
}

}  // namespace

void add_check(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      add_command(program, invocation, "check", "validates the configuration: every error at once", Prints::nothing);
  auto connect = std::make_shared<bool>(false);
  command->add_flag("--connect", *connect, "also try the ports, and get a token and a record of each feed from Graph");
  command->callback([&invocation, connect] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    std::vector<std::string> warnings;
    std::vector<std::string> faults = environment_faults(config, warnings);
    if (!check_exclusions(config) || !faults.empty()) {
      invocation.status = Exit::bad_config;
    } else if (*connect) {
      faults = connection_faults(config);
      if (!faults.empty()) invocation.status = Exit::unreachable;
    }
    for (const std::string& warning : warnings)
      fmt::print(stderr, "{}: warning: {}\n", invocation.config_file, warning);
    for (const std::string& fault : faults) fmt::print(stderr, "{}: {}\n", invocation.config_file, fault);
    if (invocation.status != Exit::done) return;
    fmt::print("{}: the configuration is right: {} input{}, Graph {}\n", invocation.config_file, config.listen.size(),
               config.listen.size() == 1 ? "" : "s",
               config.graph.tenant_id.empty() ? "not configured"
               : *connect                     ? "answers"
                                              : "configured");
  });
}

}  // namespace commands

#include "sensor/commands/store_view.h"

#include <fmt/format.h>

#include <filesystem>

#include "parsers/url_wrappers.h"
#include "sensor/exclusion_source.h"
#include "sensor/identity_source.h"
#include "sensor/pipeline.h"

namespace commands {
namespace {

bool has_store(const config::Config& config, Invocation& invocation) {
  const std::string path = config.storage.directory + "/state.db";
  std::error_code error;  // of a folder that can't be read: there is no store for us
  if (std::filesystem::exists(path, error)) return true;
  fmt::print(stderr, "{}: there is no store here; [storage] directory names where it should be\n", path);
  invocation.status = Exit::unreachable;
  return false;
}

}  // namespace

std::optional<storage::State> open_state(const config::Config& config, Invocation& invocation) {
  if (!has_store(config, invocation)) return std::nullopt;
  return std::optional<storage::State>(std::in_place, config.storage.directory + "/state.db",
                                       storage::State::Mode::read_only);
}

RuleView::RuleView(const config::Config& config)
    : identity(sensor::load_identity(config)),
      store(config, identity),
      settings(sensor::correlation_settings(config)),
      engine(settings, store.facts),
      exclusions(sensor::load_exclusions(config).set) {
  if (!config.graph.users.enabled) return;
  sensor::read_users(store.state, users);
  identity.use_directory(&users);
}

std::unique_ptr<RuleView> open_rule(const config::Config& config, Invocation& invocation) {
  return has_store(config, invocation) ? std::make_unique<RuleView>(config) : nullptr;
}

bool take_url(const std::string& text, parsers::Url& url) {
  if (parsers::parse_url_unwrapped(text, "https", url).has_value()) return true;
  fmt::print(stderr, "--url {}: no URL and no host; write https://host/path, host/path, or host\n", text);
  return false;
}

}  // namespace commands

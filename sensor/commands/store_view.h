// The store of an installation, opened for reading beside a running daemon: what commands about stored facts share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "parsers/url.h"
#include "sensor/commands/command.h"
#include "sensor/correlate/engine.h"
#include "sensor/hunt.h"
#include "storage/state.h"

namespace commands {

// Nothing after a sentence on standard error, with `status` set, when there is no store.
std::optional<storage::State> open_state(const config::Config& config, Invocation& invocation);

// Everything that asking the rule about stored facts needs.
struct RuleView {
  explicit RuleView(const config::Config& config);
  parsers::UserDirectory users;  // of Graph, when [graph.users] is on
  parsers::IdentityMap identity;
  sensor::StoreReader store;
  correlate::Settings settings;
  correlate::Engine engine;
  std::shared_ptr<const exclusions::ExclusionSet> exclusions;
};
std::unique_ptr<RuleView> open_rule(const config::Config& config, Invocation& invocation);

// Of --url: a URL with or without scheme, or a host; rewriting by mail products undone. False after a sentence.
bool take_url(const std::string& text, parsers::Url& url);

}  // namespace commands

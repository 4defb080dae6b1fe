#include "sensor/query/search.h"

#include <algorithm>

namespace query {
namespace {

// An enumerator by the name that it is shown by.
template <class Enum>
std::optional<Enum> named(std::string_view name, std::initializer_list<Enum> all) {
  for (const Enum value : all) {
    if (parsers::to_string(value) == name) return value;
  }
  return std::nullopt;
}

constexpr std::initializer_list<parsers::Vendor> kVendors = {parsers::Vendor::unknown, parsers::Vendor::paloalto,
                                                             parsers::Vendor::fortinet, parsers::Vendor::checkpoint,
                                                             parsers::Vendor::zscaler};
constexpr std::initializer_list<parsers::Outcome> kOutcomes = {parsers::Outcome::unknown, parsers::Outcome::allowed,
                                                               parsers::Outcome::warned, parsers::Outcome::blocked};

}  // namespace

Search::Search(Query query, const config::Config& config, const parsers::IdentityMap& identity)
    : query_(std::move(query)), message_(config, identity) {
  selection_.from = query_.since;
  selection_.to = query_.until;
  selection_.quarantine =
      query_.quarantine ? storage::Selection::Quarantine::only : storage::Selection::Quarantine::without;
  if (query_.url) {
    url_keys_ = parsers::url_keys(*query_.url);
    selection_.host_key = url_keys_.host;
  }
  for (const Condition& condition : query_.conditions) {
    if (take_over(condition)) continue;
    rest_.push_back(condition);
    if (auto prefilter = condition.prefilter()) prefilters_.push_back(std::move(prefilter));
  }
  std::ranges::stable_sort(rest_, {}, [](const Condition& condition) { return condition.field().cost(); });
  const bool needs_bytes = query_.url || std::ranges::any_of(rest_, [](const Condition& condition) {
                             return condition.field().cost() != Cost::index;
                           });
  if (query_.only_counts && !needs_bytes) selection_.bytes = storage::Selection::Bytes::unwanted;
}

// True when the index answers the condition for certain; a user or an address only leads to the blocks worth a look.
bool Search::take_over(const Condition& condition) {
  const std::string_view name = condition.field().name();
  const std::string& value = condition.value();
  if (name == "time" && condition.op() == Operator::at_least) {
    selection_.from = std::max(selection_.from, condition.time());
    return true;
  }
  if (name == "time" && condition.op() == Operator::at_most) {
    selection_.to = std::min(selection_.to, condition.time());
    return true;
  }
  if (condition.op() != Operator::equal || value.empty()) return false;
  if (name == "host" && !selection_.host_key) {
    selection_.host_key = parsers::host_key(value);
    return true;
  }
  if (name == "vendor" && !selection_.vendor) {
    selection_.vendor = named(value, kVendors);
    return selection_.vendor.has_value();
  }
  if (name == "outcome" && !selection_.outcome) {
    selection_.outcome = named(value, kOutcomes);
    return selection_.outcome.has_value();
  }
  if (name == "user" || name == "account") {
    selection_.block_keys.push_back(parsers::host_key(value.substr(0, value.find('@'))));
  } else if (name == "address" || name == "source_address" || name == "destination_address") {
    selection_.block_keys.push_back(parsers::host_key(value));
  }
  return false;
}

bool Search::is_on_url(Message& message) const {
  const parsers::Event* event = message.event();
  if (event == nullptr || !event->has_url) return false;
  const parsers::UrlKeys keys = parsers::url_keys(event->url);
  return query_.url->query.empty() ? keys.no_query == url_keys_.no_query : keys.exact == url_keys_.exact;
}

bool Search::matches(Message& message) const {
  return std::ranges::all_of(rest_, [&](const Condition& condition) { return condition.holds(message); }) &&
         (!query_.url || is_on_url(message));
}

std::uint64_t Search::run(storage::EventStore& store, const std::function<bool(Message&)>& visit,
                          const std::function<void(const Progress&)>& tell) {
  Progress progress;
  if (query_.limit == 0u) return 0;
  std::vector<std::uint32_t> candidates;
  store.scan_blocks(selection_, [&](const storage::BlockView& block) {
    candidates.assign(block.chosen.begin(), block.chosen.end());
    for (const auto& prefilter : prefilters_) prefilter->narrow(block, candidates);
    for (const std::uint32_t at : candidates) {
      message_.look_at(block, at);
      if (!matches(message_)) continue;
      ++progress.found;
      if (!query_.only_counts && !visit(message_)) return false;
      if (progress.found == query_.limit) return false;
    }
    progress.messages += block.entries.size();
    progress.bytes += block.entries.back().offset + block.entries.back().length;
    tell(progress);
    return true;
  });
  return progress.found;
}

}  // namespace query

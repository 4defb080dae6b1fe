#include "sensor/crowd.h"

#include <utility>

namespace sensor {

void Crowd::meet(std::uint64_t host_key, const correlate::Span& reach, const correlate::Click& click,
                 std::set<std::string>& users) {
  std::set<Clicker>& clickers = first_on(host_key, reach).clickers;
  if (clickers.size() >= kMany) return;
  for (const auto& [user, account, source] : clickers)
    if (!user.empty()) users.insert(user);
  const parsers::Event& event = click.event;
  if (!reach.contains(event.time)) return;
  const bool names_nobody = correlate::is_nameless(event);
  clickers.emplace(event.user, event.account, names_nobody ? event.source_address : std::string());
}

Crowd::First& Crowd::first_on(std::uint64_t host_key, const correlate::Span& reach) {
  if (hosts_.size() >= kMaxHosts && !hosts_.contains(host_key)) hosts_.clear();
  const auto [at, is_new] = hosts_.try_emplace(host_key);
  First& first = at->second;
  if (!is_new && first.reach.from == reach.from && first.reach.to == reach.to) return first;
  first = {reach, {}};
  for (auto& [user, account, source] : lookup_.clickers(host_key, reach.from, reach.to, kMany))
    first.clickers.emplace(std::move(user), std::move(account), std::move(source));
  return first;
}

}  // namespace sensor

#include "sensor/store_facts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "parsers/url.h"
#include "sensor/correlate/chain.h"
#include "storage/selection.h"

namespace sensor {

using correlate::Click;
using correlate::ClickRef;
using correlate::Span;
using parsers::TimePoint;

namespace {

constexpr TimePoint kEverFrom = parsers::from_micros(0), kEverTo = parsers::from_micros(INT64_MAX / 2);
constexpr std::size_t kMaxAddressesOfSession = 20;

std::vector<std::string> sorted(std::set<std::string> names) { return {names.begin(), names.end()}; }

}  // namespace

std::vector<parsers::Alert> StoreFacts::alerts_on_host(std::uint64_t host_key) {
  std::vector<parsers::Alert> alerts;
  for (const std::string& id : state_.alert_ids_on_host(host_key)) {
    auto known = alerts_.find(id);
    if (known == alerts_.end()) {
      auto alert = state_.alert(id);
      if (!alert) continue;
      if (alerts_.size() >= kMaxCachedAlerts) alerts_.clear();
      known = alerts_.emplace(id, std::move(*alert)).first;
    }
    alerts.push_back(known->second);
  }
  return alerts;
}

std::vector<ClickRef> StoreFacts::clicks_of(std::string_view upn) {
  std::vector<ClickRef> refs;
  const auto add = [&](const storage::ClickRow& row) {
    refs.push_back({row.event, row.host_key, row.time, row.destination});
  };
  for (const storage::ClickRow& row : state_.clicks_of_user(upn, kEverFrom, kEverTo)) add(row);
  for (const std::string& source : lookup_.nameless_sources_of(upn)) {
    for (const storage::ClickRow& row : lookup_.nameless_clicks(source, kEverFrom, kEverTo)) {
      const auto users = users_at(source, row.time);
      if (std::ranges::find(users, upn) != users.end()) add(row);
    }
  }
  std::ranges::sort(refs, {}, [](const ClickRef& ref) { return std::tuple(ref.time, ref.event_id, ref.host_key); });
  return refs;
}

std::optional<Click> StoreFacts::click(std::uint64_t event_id) {
  if (const auto known = clicks_.find(event_id); known != clicks_.end()) return known->second;
  const auto stored = events_.read(event_id);
  if (!stored) return std::nullopt;  // retention took the segment
  auto click = deriver_.click(*stored);
  if (!click) return std::nullopt;
  if (clicks_.size() >= kMaxCachedClicks) clicks_.clear();
  clicks_.emplace(event_id, *click);
  return click;
}

void StoreFacts::know(const storage::StoredEvent& stored) {
  if (clicks_.size() >= kMaxCachedClicks) return;
  if (auto click = deriver_.click(stored)) clicks_.emplace(stored.id, std::move(*click));
}

// The store knows the address block by block, not message by message: those of a block are asked.
std::vector<Click> StoreFacts::reached(std::string_view upn, const std::vector<Span>& spans, std::string_view address) {
  const bool is_spelt_one_way = address.find(':') == address.npos;
  std::vector<Click> rows;
  for (const Span& span : spans) {
    storage::Selection selection;
    selection.from = span.from;
    selection.to = span.to;
    selection.block_keys = {parsers::host_key(address)};
    selection.wanted = [](const storage::IndexEntry& entry) {
      return entry.outcome != parsers::Outcome::blocked && entry.host_key != 0;
    };
    std::vector<std::uint64_t> ids;
    events_.scan_blocks(selection, [&](const storage::BlockView& block) {
      for (const std::uint32_t at : block.chosen)
        if (!is_spelt_one_way || block.raw(at).find(address) != std::string_view::npos) ids.push_back(block.first + at);
      return true;
    });
    for (const std::uint64_t id : ids) {
      if (rows.size() == kMaxReached) break;
      auto row = click(id);
      if (row && row->event.destination_address == address && is_of(*row, upn)) rows.push_back(std::move(*row));
    }
  }
  std::ranges::sort(rows, {}, [](const Click& row) { return std::pair(row.event.time, row.event_id); });
  return rows;
}

bool StoreFacts::is_of(const Click& row, std::string_view upn) {
  const auto match = correlate::match_user(row, upn);
  if (match == parsers::UserMatch::none) return false;
  return match != parsers::UserMatch::address || std::ranges::binary_search(users_of(row), upn);
}

std::vector<std::string> StoreFacts::users_of_account(std::string_view account, TimePoint time) {
  std::set<std::string> users;
  for (const parsers::SignIn& sign_in : state_.sign_ins_of_account(account, time - window_, time + window_))
    users.insert(sign_in.user_principal_name);
  return sorted(std::move(users));
}

// Others' rows name them, or they signed in from there.
std::vector<std::string> StoreFacts::users_at(std::string_view source, TimePoint time) {
  std::set<std::string> users;
  if (source.empty()) return {};
  for (const std::string& name : lookup_.users_at(source, time - kSameClient, time + kSameClient)) {
    if (name.find('@') != name.npos)
      users.insert(name);
    else
      for (std::string& user : users_of_account(name, time)) users.insert(std::move(user));
  }
  for (std::string& user : lookup_.users_from(source, time - window_, time + window_, kMaxClickers))
    users.insert(std::move(user));
  return sorted(std::move(users));
}

std::vector<std::string> StoreFacts::users_of(const Click& click) {
  const parsers::Event& event = click.event;
  if (!event.user.empty()) return {event.user};
  if (!event.account.empty()) return users_of_account(event.account, event.time);
  return users_at(event.source_address, event.time);
}

std::vector<std::string> StoreFacts::clickers(std::uint64_t host_key, const Span& span) {
  std::set<std::string> users;
  for (const auto& [user, account, source] : lookup_.clickers(host_key, span.from, span.to, kMaxClickers)) {
    if (!user.empty()) {
      users.insert(user);
    } else if (!account.empty()) {
      for (const storage::ClickRow& row : state_.clicks_of_user(account, span.from, span.to))
        for (std::string& name : users_of_account(account, row.time)) users.insert(std::move(name));
    } else {
      for (const storage::ClickRow& row : lookup_.nameless_clicks(source, span.from, span.to))
        for (std::string& name : users_at(source, row.time)) users.insert(std::move(name));
    }
  }
  return sorted(std::move(users));
}

std::vector<std::uint64_t> StoreFacts::hosts_of_domain(std::uint64_t domain_key) {
  return domain_key == 0 ? std::vector<std::uint64_t>() : lookup_.hosts_of_domain(domain_key, kMaxSiblings);
}

std::vector<correlate::Place> StoreFacts::places(std::string_view upn, const std::vector<Span>& spans) {
  std::map<std::string, correlate::Place> places;
  for (const Span& span : spans) {
    for (storage::Place& row : lookup_.places(upn, span.from, span.to)) {
      const auto [at, is_new] = places.try_emplace(row.address, correlate::Place{row.address, row.first, row.last});
      if (is_new) continue;
      at->second.first = std::min(at->second.first, row.first);
      at->second.last = std::max(at->second.last, row.last);
    }
  }
  std::vector<correlate::Place> found;
  for (auto& [address, place] : places) found.push_back(std::move(place));
  return found;
}

std::vector<parsers::SignIn> StoreFacts::sign_ins(std::string_view upn, std::string_view address, const Span& span,
                                                  std::size_t limit) {
  return state_.sign_ins_from(upn, address, span.from, span.to, limit);
}

std::vector<std::string> StoreFacts::addresses_of_session(std::string_view upn, std::string_view session) {
  return lookup_.addresses_of_session(upn, session, kMaxAddressesOfSession);
}

std::optional<correlate::Seen> StoreFacts::seen(std::string_view upn, correlate::Trait trait, std::string_view value) {
  const auto row = lookup_.trait(upn, static_cast<int>(trait), value);
  if (!row) return std::nullopt;
  return correlate::Seen{row->first, row->days};
}

std::optional<TimePoint> StoreFacts::first_seen(std::string_view upn, correlate::Trait trait) {
  return lookup_.first_of_kind(upn, static_cast<int>(trait));
}

std::size_t StoreFacts::users_from(std::string_view address, TimePoint before, std::size_t limit) {
  return lookup_.users_of_address(address, before, limit);
}

std::size_t StoreFacts::strangers_from(std::string_view address, std::uint64_t host_key, std::size_t limit) {
  return lookup_.strangers_of_address(address, host_key, limit);
}

std::size_t StoreFacts::residents_of(std::string_view address, std::size_t limit) {
  return lookup_.residents_of_address(address, limit);
}

bool StoreFacts::served(std::uint64_t host_key, std::string_view address) { return lookup_.served(host_key, address); }

std::optional<TimePoint> StoreFacts::served_since(std::uint64_t host_key) { return lookup_.served_since(host_key); }

std::vector<correlate::ToldFinding> StoreFacts::told(std::string_view upn) {
  std::vector<correlate::ToldFinding> found;
  for (storage::Told& row : lookup_.told_of_user(upn))
    if (row.live) found.push_back({std::move(row.id), std::move(row.address)});
  return found;
}

std::vector<correlate::Click> StoreFacts::clicks_on_host(std::uint64_t host_key, parsers::TimePoint from,
                                                         parsers::TimePoint to) {
  std::vector<correlate::Click> clicks;
  for (const storage::StoredEvent& stored : events_.find_by_host(host_key, from, to)) {
    if (auto click = deriver_.click(stored)) clicks.push_back(std::move(*click));
  }
  return clicks;
}

std::vector<parsers::SignIn> StoreFacts::sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                          parsers::TimePoint to) {
  return state_.sign_ins_of_user(upn, from, to);
}

}  // namespace sensor

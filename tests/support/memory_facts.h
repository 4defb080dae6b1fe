// Facts in memory, answering as the store does: what was put is committed.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/url.h"
#include "sensor/correlate/chain.h"
#include "sensor/correlate/facts.h"
#include "sensor/correlate/lures.h"
#include "sensor/correlate/signs.h"

namespace support {

class MemoryFacts : public correlate::Facts {
  static auto alert_order(const parsers::Alert& alert) { return std::pair(alert.created, alert.id); }
  static auto click_order(const correlate::Click& click) { return std::pair(click.event.time, click.event_id); }
  static auto sign_in_order(const parsers::SignIn& sign_in) { return std::pair(sign_in.created, sign_in.id); }

 public:
  void put(parsers::Alert alert) { alerts_.push_back(std::move(alert)); }
  void put(correlate::Click click) { clicks_.push_back(std::move(click)); }
  void put(parsers::SignIn sign_in) { sign_ins_.push_back(std::move(sign_in)); }
  // A row on a host that nobody watches.
  void put_ordinary(correlate::Click click) { ordinary_.push_back(std::move(click)); }
  void tell(const std::string& upn, correlate::ToldFinding finding) { told_[upn].push_back(std::move(finding)); }

  std::vector<parsers::Alert> alerts_on_host(std::uint64_t host_key) override {
    return pick(alerts_, alert_order, [&](const parsers::Alert& alert) {
      const auto keys = correlate::host_keys_of(alert);
      return std::ranges::find(keys, host_key) != keys.end();
    });
  }
  std::vector<correlate::ClickRef> clicks_of(std::string_view upn) override {
    std::vector<correlate::ClickRef> refs;
    for (const correlate::Click& click : pick(clicks_, click_order, [&](const correlate::Click& click) {
           const auto users = users_of(click);
           return correlate::match_user(click, upn) < parsers::UserMatch::address ||
                  std::ranges::find(users, upn) != users.end();
         }))
      refs.push_back(
          {click.event_id, parsers::host_key(click.event.url.host), click.event.time, click.event.destination_address});
    return refs;
  }
  std::optional<correlate::Click> click(std::uint64_t event_id) override {
    const auto found = std::ranges::find(clicks_, event_id, &correlate::Click::event_id);
    return found == clicks_.end() ? std::nullopt : std::optional(*found);
  }
  std::vector<correlate::Click> reached(std::string_view upn, const std::vector<correlate::Span>& spans,
                                        std::string_view address) override {
    return pick(ordinary_, click_order, [&](const correlate::Click& click) {
      return click.event.destination_address == address && click.event.user == upn &&
             std::ranges::any_of(spans, [&](const correlate::Span& span) { return span.contains(click.event.time); });
    });
  }
  std::vector<std::string> users_of(const correlate::Click& click) override {
    std::set<std::string> users;
    if (!click.event.user.empty()) return {click.event.user};
    if (click.event.account.empty()) {
      for (const auto* rows : {&clicks_, &ordinary_})
        for (const correlate::Click& other : *rows)
          if (!other.event.user.empty() && other.event.source_address == click.event.source_address &&
              std::chrono::abs(other.event.time - click.event.time) <= kSameClient)
            users.insert(other.event.user);
    } else {
      for (const parsers::SignIn& sign_in : sign_ins_)
        if (correlate::account_of(sign_in.user_principal_name) == click.event.account)
          users.insert(sign_in.user_principal_name);
    }
    return {users.begin(), users.end()};
  }
  std::vector<correlate::Click> clicks_on_host(std::uint64_t host_key, parsers::TimePoint from,
                                               parsers::TimePoint to) override {
    return pick(clicks_, click_order, [&](const correlate::Click& click) {
      return parsers::host_key(click.event.url.host) == host_key && from <= click.event.time && click.event.time <= to;
    });
  }
  std::vector<parsers::SignIn> sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                parsers::TimePoint to) override {
    return pick(sign_ins_, sign_in_order, [&](const parsers::SignIn& row) {
      return row.user_principal_name == upn && from <= row.created && row.created <= to;
    });
  }
  std::vector<std::string> clickers(std::uint64_t host_key, const correlate::Span& span) override {
    std::set<std::string> users;
    for (const correlate::Click& click : clicks_)
      if (parsers::host_key(click.event.url.host) == host_key && span.contains(click.event.time))
        users.merge(as_set(users_of(click)));
    return {users.begin(), users.end()};
  }
  std::vector<std::uint64_t> hosts_of_domain(std::uint64_t domain_key) override {
    std::set<std::uint64_t> hosts;
    for (const auto* rows : {&clicks_, &ordinary_})
      for (const correlate::Click& click : *rows)
        if (domain_key != 0 && correlate::domain_key(click.event.url.host) == domain_key)
          hosts.insert(parsers::host_key(click.event.url.host));
    return {hosts.begin(), hosts.end()};
  }
  std::vector<correlate::Place> places(std::string_view upn, const std::vector<correlate::Span>& spans) override {
    std::map<std::string, correlate::Place> places;
    for (const parsers::SignIn& sign_in : successful(upn)) {
      if (std::ranges::none_of(spans, [&](const auto& span) { return span.contains(sign_in.created); })) continue;
      auto& place =
          places.try_emplace(sign_in.address, sign_in.address, sign_in.created, sign_in.created).first->second;
      place.last = std::max(place.last, sign_in.created);
    }
    std::vector<correlate::Place> found;
    for (auto& [address, place] : places) found.push_back(place);
    return found;
  }
  std::vector<parsers::SignIn> sign_ins(std::string_view upn, std::string_view address, const correlate::Span& span,
                                        std::size_t) override {
    auto rows = successful(upn);
    std::erase_if(rows, [&](const auto& row) { return row.address != address || !span.contains(row.created); });
    return rows;
  }
  std::vector<std::string> addresses_of_session(std::string_view upn, std::string_view session) override {
    std::set<std::string> addresses;
    for (const parsers::SignIn& row : successful(upn))
      if (row.session_id == session) addresses.insert(row.address);
    return {addresses.begin(), addresses.end()};
  }
  std::optional<correlate::Seen> seen(std::string_view upn, correlate::Trait trait, std::string_view value) override {
    std::optional<correlate::Seen> found;
    for (const parsers::SignIn& row : successful(upn)) {
      for (const auto& [kind, text] : correlate::traits_of(row, {})) {
        if (kind != trait || text != value) continue;
        const auto day = std::chrono::floor<std::chrono::days>(row.created).time_since_epoch().count();
        if (!found) found = correlate::Seen{row.created, 0};
        found->days |= std::uint64_t{1} << (static_cast<std::uint64_t>(day) % 64);
      }
    }
    return found;
  }
  std::optional<parsers::TimePoint> first_seen(std::string_view upn, correlate::Trait trait) override {
    for (const parsers::SignIn& row : successful(upn))
      for (const auto& [kind, text] : correlate::traits_of(row, {}))
        if (kind == trait) return row.created;
    return std::nullopt;
  }
  std::size_t users_from(std::string_view address, parsers::TimePoint before, std::size_t limit) override {
    std::set<std::string> users;
    for (const parsers::SignIn& row : sign_ins_)
      if (row.error_code == 0 && row.address == address && row.created < before) users.insert(row.user_principal_name);
    return std::min(users.size(), limit);
  }
  std::size_t strangers_from(std::string_view address, std::uint64_t host_key, std::size_t limit) override {
    std::map<std::string, parsers::TimePoint> users;
    for (const parsers::SignIn& row : sign_ins_)
      if (row.error_code == 0 && row.address == address) {
        auto& first = users.try_emplace(row.user_principal_name, row.created).first->second;
        first = std::min(first, row.created);
      }
    std::erase_if(users, [&](const auto& user) {
      return std::ranges::any_of(clicks_, [&](const correlate::Click& click) {
        return click.event.user == user.first && parsers::host_key(click.event.url.host) == host_key &&
               click.event.time <= user.second;
      });
    });
    return std::min(users.size(), limit);
  }
  std::size_t residents_of(std::string_view address, std::size_t limit) override {
    std::set<std::string> users;
    for (const parsers::SignIn& row : sign_ins_) {
      const auto all = successful(row.user_principal_name);
      if (!all.empty() && all.front().address == address) users.insert(row.user_principal_name);
    }
    return std::min(users.size(), limit);
  }
  bool served(std::uint64_t host_key, std::string_view address) override {
    return std::ranges::any_of(clicks_, [&](const correlate::Click& click) {
      return parsers::host_key(click.event.url.host) == host_key && click.event.destination_address == address;
    });
  }
  std::optional<parsers::TimePoint> served_since(std::uint64_t host_key) override {
    const auto rows = pick(clicks_, click_order, [&](const correlate::Click& click) {
      return parsers::host_key(click.event.url.host) == host_key;
    });
    return rows.empty() ? std::nullopt : std::optional(rows.front().event.time);
  }
  std::vector<correlate::ToldFinding> told(std::string_view upn) override { return told_[std::string(upn)]; }

 private:
  template <class Row, class Order, class Wanted>
  static std::vector<Row> pick(const std::vector<Row>& rows, Order order, Wanted wanted) {
    std::vector<Row> picked;
    std::ranges::copy_if(rows, std::back_inserter(picked), wanted);
    std::ranges::sort(picked, {}, order);
    return picked;
  }
  static std::set<std::string> as_set(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }
  std::vector<parsers::SignIn> successful(std::string_view upn) {
    return pick(sign_ins_, sign_in_order, [&](const parsers::SignIn& row) {
      return row.user_principal_name == upn && row.error_code == 0 && !row.address.empty();
    });
  }

  std::vector<parsers::Alert> alerts_;
  std::vector<correlate::Click> clicks_, ordinary_;
  std::vector<parsers::SignIn> sign_ins_;
  std::map<std::string, std::vector<correlate::ToldFinding>> told_;
};

}  // namespace support

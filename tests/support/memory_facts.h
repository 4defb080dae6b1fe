// Facts in memory, answering as the store does: what was put is committed.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/url.h"
#include "sensor/correlate/facts.h"
#include "sensor/correlate/lures.h"

namespace support {

class MemoryFacts : public correlate::Facts {
  static auto alert_order(const parsers::Alert& alert) { return std::pair(alert.created, alert.id); }
  static auto click_order(const correlate::Click& click) { return std::pair(click.event.time, click.event_id); }
  static auto sign_in_order(const parsers::SignIn& sign_in) { return std::pair(sign_in.created, sign_in.id); }

 public:
  void put(parsers::Alert alert) { alerts_.push_back(std::move(alert)); }
  void put(correlate::Click click) { clicks_.push_back(std::move(click)); }
  void put(parsers::SignIn sign_in) { sign_ins_.push_back(std::move(sign_in)); }

  std::vector<parsers::Alert> alerts_on_host(std::uint64_t host_key) override {
    return pick(alerts_, alert_order, [&](const parsers::Alert& alert) {
      const auto keys = correlate::host_keys_of(alert);
      return std::ranges::find(keys, host_key) != keys.end();
    });
  }
  std::vector<correlate::Click> clicks_on_host(std::uint64_t host_key, parsers::TimePoint from,
                                               parsers::TimePoint to) override {
    return pick(clicks_, click_order, [&](const correlate::Click& click) {
      return parsers::host_key(click.event.url.host) == host_key && from <= click.event.time && click.event.time <= to;
    });
  }
  std::vector<correlate::Click> clicks_of_user(std::string_view upn, parsers::TimePoint from,
                                               parsers::TimePoint to) override {
    const std::string_view account = upn.substr(0, upn.find('@'));
    return pick(clicks_, click_order, [&](const correlate::Click& click) {
      const bool is_user = click.event.user.empty() ? click.event.account == account : click.event.user == upn;
      return is_user && from <= click.event.time && click.event.time <= to;
    });
  }
  std::vector<parsers::SignIn> sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                parsers::TimePoint to) override {
    return pick(sign_ins_, sign_in_order, [&](const parsers::SignIn& sign_in) {
      return sign_in.user_principal_name == upn && from <= sign_in.created && sign_in.created <= to;
    });
  }
  std::vector<parsers::SignIn> sign_ins_of_account(std::string_view account, parsers::TimePoint from,
                                                   parsers::TimePoint to) override {
    return pick(sign_ins_, sign_in_order, [&](const parsers::SignIn& sign_in) {
      const std::string_view upn = sign_in.user_principal_name;
      return upn.substr(0, upn.find('@')) == account && from <= sign_in.created && sign_in.created <= to;
    });
  }

 private:
  template <class Row, class Order, class Wanted>
  static std::vector<Row> pick(const std::vector<Row>& rows, Order order, Wanted wanted) {
    std::vector<Row> picked;
    std::ranges::copy_if(rows, std::back_inserter(picked), wanted);
    std::ranges::sort(picked, {}, order);
    return picked;
  }

  std::vector<parsers::Alert> alerts_;
  std::vector<correlate::Click> clicks_;
  std::vector<parsers::SignIn> sign_ins_;
};

}  // namespace support

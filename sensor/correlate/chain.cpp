#include "sensor/correlate/chain.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "sensor/correlate/confidence.h"
#include "sensor/correlate/lures.h"

namespace correlate {

using parsers::Alert;
using parsers::Duration;
using parsers::SignIn;
using parsers::UrlMatch;
using parsers::UserMatch;

namespace {

int rank(parsers::Outcome outcome) { return -weight_of(outcome_reason(outcome)); }

struct UrlEdge {
  UrlMatch tier = UrlMatch::none;
  const Click* click = nullptr;
  const parsers::Url* lure = nullptr;
};

struct OrderEdge {
  const Click* click = nullptr;
  const SignIn* sign_in = nullptr;
  Duration delay{};  // from click to sign-in
};

// Better first: the heavier reason, then the nearer pair.
auto order_rank(Duration delay) { return std::tuple(-weight_of(order_reason(delay)), std::chrono::abs(delay)); }

// Finds the rows that stand in a whole chain, and the best pair for each edge. Ties go to the earlier row.
class Linker {
 public:
  Linker(const FindingKey& key, const std::vector<Alert>& alerts, const std::vector<Click>& clicks,
         const std::vector<SignIn>& sign_ins, const Windows& windows)
      : key_(key), alerts_(alerts), clicks_(clicks), sign_ins_(sign_ins), window_(windows.window) {
    for (const Alert& alert : alerts) baits_.emplace_back(alert, key.host, windows);
    alert_in.resize(alerts.size());
    click_in.resize(clicks.size());
    sign_in_in.resize(sign_ins.size());
    for (std::size_t i = 0; i < clicks.size(); ++i) link_click(i);
  }

  bool complete() const { return url.click != nullptr; }

  std::vector<bool> alert_in, click_in, sign_in_in;
  UrlEdge url;
  OrderEdge order;
  const Click* best_user = nullptr;
  const Click* best_outcome = nullptr;

 private:
  void link_click(std::size_t i) {
    const Click& click = clicks_[i];
    const UserMatch user = match_user(click, key_.user);
    if (user == UserMatch::none) return;
    std::vector<std::pair<std::size_t, Bait::Match>> lures;
    for (std::size_t j = 0; j < alerts_.size(); ++j)
      if (const Bait::Match match = baits_[j].match(click); match.lure != nullptr) lures.emplace_back(j, match);
    if (lures.empty()) return;
    for (std::size_t k = 0; k < sign_ins_.size(); ++k) {
      const Duration delay = sign_ins_[k].created - click.event.time;
      if (std::chrono::abs(delay) > window_) continue;
      click_in[i] = sign_in_in[k] = true;
      if (order.click == nullptr || order_rank(delay) < order_rank(order.delay)) order = {&click, &sign_ins_[k], delay};
    }
    if (!click_in[i]) return;
    if (best_user == nullptr || user < match_user(*best_user, key_.user)) best_user = &click;
    if (best_outcome == nullptr || rank(click.event.outcome) < rank(best_outcome->event.outcome)) best_outcome = &click;
    for (const auto& [j, match] : lures) {
      alert_in[j] = true;
      if (better(match.tier, click, user)) url = {match.tier, &click, match.lure};
    }
  }

  bool better(UrlMatch tier, const Click& click, UserMatch user) const {
    if (url.click == nullptr) return true;
    return std::tuple(tier, rank(click.event.outcome), user) <
           std::tuple(url.tier, rank(url.click->event.outcome), match_user(*url.click, key_.user));
  }

  const FindingKey& key_;
  const std::vector<Alert>& alerts_;
  const std::vector<Click>& clicks_;
  const std::vector<SignIn>& sign_ins_;
  Duration window_;
  std::vector<Bait> baits_;
};

template <class Row>
std::vector<Row> keep(std::vector<Row> rows, const std::vector<bool>& in) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (in[i]) std::swap(rows[kept++], rows[i]);
  rows.resize(kept);
  return rows;
}

std::string url_detail(const UrlEdge& edge) {
  const std::string lure = edge.lure->canonical();
  switch (edge.tier) {
    case UrlMatch::exact:
      return "the URL reached is the alert's: " + lure;
    case UrlMatch::no_query:
      return "the URL reached is the alert's but for the query: " + lure;
    case UrlMatch::path_prefix:
      return "one path continues the other: the alert's " + lure;
    default:
      return "the host reached is the alert's: " + edge.lure->host;
  }
}

std::string user_detail(const Click& click, UserMatch match, const std::string& user) {
  switch (match) {
    case UserMatch::upn:
      return "the device logged the user who signed in: " + user;
    case UserMatch::mapped:
      return "the device logged " + click.event.user_raw + ", which is " + user;
    default:
      return "the device logged the account " + click.event.account + " without a domain";
  }
}

std::string outcome_detail(const Click& click) {
  const std::string said =
      std::string(parsers::to_string(click.event.vendor)) + " logged \"" + click.event.action + '"';
  switch (click.event.outcome) {
    case parsers::Outcome::allowed:
      return said + ": let through";
    case parsers::Outcome::warned:
      return said + ": the user was warned and may have turned back";
    default:
      return said + ": it is not known whether it was let through";
  }
}

std::vector<Reason> reasons_for(const Linker& linked, const FindingKey& key, UserMatch user_match) {
  std::vector<Reason> reasons;
  add_reason(reasons, url_reason(linked.url.tier), url_detail(linked.url));
  add_reason(reasons, user_reason(user_match), user_detail(*linked.best_user, user_match, key.user));
  add_reason(reasons, "ip-same", key.address + " served the page and signed in");
  const Duration delay = linked.order.delay;
  add_reason(reasons, order_reason(delay),
             "the sign-in came " + spell(delay) + (delay < Duration{} ? " before" : " after") + " a click");
  add_reason(reasons, outcome_reason(linked.best_outcome->event.outcome), outcome_detail(*linked.best_outcome));
  return reasons;
}

// From the first to the last time at which somebody did something; when Defender raised the alert says nothing of that.
void set_seen(Finding& finding) {
  std::vector<parsers::TimePoint> times;
  for (const Alert& alert : finding.alerts) times.insert(times.end(), {alert.first_activity, alert.last_activity});
  for (const Click& click : finding.clicks) times.push_back(click.event.time);
  for (const SignIn& sign_in : finding.sign_ins) times.push_back(sign_in.created);
  const auto [first, last] = std::ranges::minmax(times);
  finding.first_seen = first;
  finding.last_seen = last;
}

}  // namespace

std::string_view account_of(std::string_view upn) { return upn.substr(0, upn.find('@')); }

UserMatch match_user(const Click& click, std::string_view upn) {
  const parsers::Event& event = click.event;
  if (event.user.empty())
    return !event.account.empty() && event.account == account_of(upn) ? UserMatch::account : UserMatch::none;
  if (event.user != upn) return UserMatch::none;
  return event.user_match == UserMatch::mapped ? UserMatch::mapped : UserMatch::upn;
}

std::optional<Finding> link(const FindingKey& key, std::vector<Alert> alerts, std::vector<Click> clicks,
                            std::vector<SignIn> sign_ins, const Windows& windows) {
  const Linker linked(key, alerts, clicks, sign_ins, windows);
  if (!linked.complete()) return {};
  Finding finding;
  finding.id = finding_id(key);
  finding.user = key.user;
  finding.host = key.host;
  finding.ip = key.address;
  const bool knows_url = !linked.url.click->event.flags.has(parsers::Flag::url_host_only);
  finding.url = (knows_url ? linked.url.click->event.url : *linked.url.lure).canonical();
  finding.url_match = linked.url.tier;
  finding.user_match = match_user(*linked.best_user, key.user);
  finding.order = linked.order.delay < Duration{} ? Order::signin_then_click : Order::click_then_signin;
  finding.reasons = reasons_for(linked, key, finding.user_match);
  finding.confidence = confidence_of(finding.reasons);
  finding.alerts = keep(std::move(alerts), linked.alert_in);
  finding.clicks = keep(std::move(clicks), linked.click_in);
  finding.sign_ins = keep(std::move(sign_ins), linked.sign_in_in);
  set_seen(finding);
  return finding;
}

}  // namespace correlate

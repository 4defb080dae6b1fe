#include "sensor/correlate/chain.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "sensor/correlate/lures.h"
#include "sensor/correlate/reasons.h"

namespace correlate {

using parsers::Duration;
using parsers::SignIn;
using parsers::UrlMatch;
using parsers::UserMatch;

namespace {

// Better first: the heavier reason, then the nearer pair.
auto order_rank(Duration delay) { return std::tuple(-weight_of(order_reason(delay)), std::chrono::abs(delay)); }

int rank(parsers::Outcome outcome) { return -weight_of(outcome_reason(outcome)); }

// Finds the rows that stand in a whole chain, and the best pair for each edge. Ties go to the earlier row.
class Linker {
 public:
  Linker(const Strand& strand, const Suspect& suspect, const Windows& windows)
      : strand_(strand), suspect_(suspect), window_(windows.window) {
    for (const parsers::Alert& alert : strand.alerts) baits_.emplace_back(alert, strand.host, windows);
    is_weak_ = strand.onward.empty() && std::ranges::all_of(strand.clicks, [](const Approach& approach) {
                 return approach.address >= AddressMatch::asn;
               });
    alert_in.resize(strand.alerts.size());
    click_in.resize(strand.clicks.size());
    onward_in.resize(strand.onward.size());
    sign_in_in.resize(suspect.sign_ins.size());
    for (std::size_t i = 0; i < strand.clicks.size(); ++i) link_click(i);
  }

  bool complete() const { return best.lure != nullptr; }

  std::vector<bool> alert_in, click_in, onward_in, sign_in_in;
  Edges best;

 private:
  void link_click(std::size_t i) {
    const Approach& approach = strand_.clicks[i];
    const Click& click = approach.click;
    const UserMatch user = match_user(click, suspect_.user);
    if (user == UserMatch::none) return;
    std::vector<std::pair<std::size_t, Bait::Match>> lures;
    for (std::size_t j = 0; j < baits_.size(); ++j) {
      const Bait::Match match = baits_[j].match(click);
      if (match.lure != nullptr && !(is_weak_ && match.tier == UrlMatch::domain)) lures.emplace_back(j, match);
    }
    if (lures.empty()) return;
    const bool is_named =
        std::ranges::any_of(lures, [](const auto& lure) { return lure.second.tier != UrlMatch::domain; });
    if (!(strand_.onward.empty() ? pair_with_sign_ins(click) : go_onward(click, is_named))) return;
    click_in[i] = true;
    note(approach, user);
    for (const auto& [j, match] : lures) {
      alert_in[j] = true;
      if (is_better(match.tier, click, user)) {
        best.url = match.tier;
        best.url_click = &click;
        best.lure = match.lure;
      }
    }
  }

  void note(const Approach& approach, UserMatch user) {
    const Click& click = approach.click;
    if (best.user_click == nullptr || user < best.user ||
        (user == best.user && best.is_shared_client && !approach.is_shared_client)) {
      best.user = user;
      best.user_click = &click;
      best.is_shared_client = approach.is_shared_client;
    }
    if (best.outcome_click == nullptr || rank(click.event.outcome) < rank(best.outcome_click->event.outcome))
      best.outcome_click = &click;
    if (best.address_click == nullptr || approach.address < best.address) {
      best.address = approach.address;
      best.address_click = &click;
    }
  }

  // From another host of the lure's domain only what names it as referer counts.
  bool go_onward(const Click& click, bool is_named) {
    bool found = false;
    for (std::size_t k = 0; k < strand_.onward.size(); ++k) {
      const Click& page = strand_.onward[k];
      const Duration after = page.event.time - click.event.time;
      const bool by_referer = !page.referer_host.empty() && page.referer_host == click.event.url.host;
      if (!by_referer && !is_named) continue;
      if (after < Duration{} || after > (by_referer ? kRefererTime : kRedirectTime)) continue;
      if (!pair_with_sign_ins(page)) continue;
      onward_in[k] = found = true;
      if (best.onward == nullptr || (by_referer && !best.by_referer)) {
        best.onward = &page;
        best.onward_after = after;
        best.by_referer = by_referer;
      }
    }
    return found;
  }

  bool pair_with_sign_ins(const Click& click) {
    bool found = false;
    for (std::size_t k = 0; k < suspect_.sign_ins.size(); ++k) {
      const Duration delay = suspect_.sign_ins[k].created - click.event.time;
      if (std::chrono::abs(delay) > window_ || (is_weak_ && delay < Duration{})) continue;
      found = sign_in_in[k] = true;
      if (!has_delay_ || order_rank(delay) < order_rank(best.delay)) best.delay = delay;
      has_delay_ = true;
    }
    return found;
  }

  bool is_better(UrlMatch tier, const Click& click, UserMatch user) const {
    if (best.url_click == nullptr) return true;
    return std::tuple(tier, rank(click.event.outcome), user) <
           std::tuple(best.url, rank(best.url_click->event.outcome), match_user(*best.url_click, suspect_.user));
  }

  const Strand& strand_;
  const Suspect& suspect_;
  Duration window_;
  bool is_weak_ = false, has_delay_ = false;
  std::vector<Bait> baits_;
};

template <class Row, class From, class RowOf>
void keep(const std::vector<From>& rows, const std::vector<bool>& in, std::vector<Row>& out, RowOf row_of) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (in[i]) out.push_back(row_of(rows[i]));
}

// The row that leads to the sign-in belongs to the user himself: it left the company by the address that signed in.
const Click* own_way_out(const Finding& finding) {
  const auto is_own = [&](const Click& click) {
    return click.event.source_address == finding.ip || click.egress_address == finding.ip;
  };
  const auto found = std::ranges::find_if(finding.clicks, is_own);
  return found == finding.clicks.end() ? nullptr : &*found;
}

void weigh(Finding& finding, const Edges& best, const Suspect& suspect) {
  finding.reasons = reasons_for(best, suspect);
  if (!suspect.refutation.empty()) {
    add_refutation(finding.reasons, suspect.refutation, suspect.refutation_detail);
  } else if (const Click* own = own_way_out(finding)) {
    add_refutation(finding.reasons, "own-address",
                   finding.ip + " is where the user's own click came from: " + own->event.url.host);
  }
  finding.confidence = confidence_of(finding.reasons);
}

}  // namespace

std::string_view account_of(std::string_view upn) { return upn.substr(0, upn.find('@')); }

UserMatch match_user(const Click& click, std::string_view upn) {
  const parsers::Event& event = click.event;
  if (is_nameless(event)) return UserMatch::address;
  if (event.user.empty()) return event.account == account_of(upn) ? UserMatch::account : UserMatch::none;
  if (event.user != upn) return UserMatch::none;
  return event.user_match == UserMatch::mapped ? UserMatch::mapped : UserMatch::upn;
}

void set_seen(Finding& finding) {
  std::vector<parsers::TimePoint> times;
  for (const parsers::Alert& alert : finding.alerts)
    times.insert(times.end(), {alert.first_activity, alert.last_activity});
  for (const Click& click : finding.clicks) times.push_back(click.event.time);
  for (const SignIn& sign_in : finding.sign_ins) times.push_back(sign_in.created);
  const auto [first, last] = std::ranges::minmax(times);
  finding.first_seen = first;
  finding.last_seen = last;
}

std::optional<Finding> link(const Strand& strand, const Suspect& suspect, const Windows& windows) {
  const Linker linked(strand, suspect, windows);
  if (!linked.complete()) return {};
  Edges best = linked.best;
  best.is_well_known = strand.is_well_known;
  Finding finding;
  finding.user = suspect.user;
  finding.host = strand.host;
  finding.ip = suspect.address;
  const bool knows_url = !best.url_click->event.flags.has(parsers::Flag::url_host_only);
  finding.url = (knows_url ? best.url_click->event.url : *best.lure).canonical();
  finding.url_match = best.url;
  finding.user_match = best.user;
  finding.address_match = best.onward ? AddressMatch::same : best.address;
  finding.order = best.delay < Duration{} ? Order::signin_then_click : Order::click_then_signin;
  keep(strand.alerts, linked.alert_in, finding.alerts, [](const parsers::Alert& alert) { return alert; });
  keep(strand.clicks, linked.click_in, finding.clicks, [](const Approach& approach) { return approach.click; });
  keep(strand.onward, linked.onward_in, finding.clicks, [](const Click& click) { return click; });
  std::ranges::sort(finding.clicks, {}, [](const Click& click) { return std::pair(click.event.time, click.event_id); });
  keep(suspect.sign_ins, linked.sign_in_in, finding.sign_ins, [](const SignIn& sign_in) { return sign_in; });
  finding.id = finding_id({finding.user, finding.host, finding.ip, stretch_of(finding.sign_ins.front().created)});
  weigh(finding, best, suspect);
  set_seen(finding);
  return finding;
}

}  // namespace correlate

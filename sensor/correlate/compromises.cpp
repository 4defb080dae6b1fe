#include "sensor/correlate/compromises.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "sensor/correlate/confidence.h"
#include "sensor/correlate/reasons.h"

namespace correlate {

namespace {

using parsers::SignIn;

auto rank(const Finding& finding) {
  return std::tuple(-finding.confidence, finding.address_match, finding.url_match, finding.sign_ins.front().created,
                    std::string_view(finding.host), std::string_view(finding.ip), std::string_view(finding.id));
}

bool is_tied(const Finding& finding) { return finding.address_match < AddressMatch::asn; }

bool share_sign_in(const Finding& a, const Finding& b) {
  return std::ranges::any_of(a.sign_ins, [&](const SignIn& one) {
    return std::ranges::any_of(b.sign_ins, [&](const SignIn& other) {
      return one.id == other.id || (!one.session_id.empty() && one.session_id == other.session_id);
    });
  });
}

bool are_near(const Finding& a, const Finding& b, parsers::Duration window) {
  const auto span = [&](const Finding& finding) {
    return Span{std::min(finding.sign_ins.front().created, finding.clicks.front().event.time) - window,
                std::max(finding.sign_ins.back().created, finding.clicks.back().event.time)};
  };
  const Span one = span(a), other = span(b);
  return one.from <= other.to && other.from <= one.to;
}

bool know_sessions(const Finding& a, const Finding& b) {
  const auto has_session = [](const SignIn& sign_in) { return !sign_in.session_id.empty(); };
  return std::ranges::all_of(a.sign_ins, has_session) && std::ranges::all_of(b.sign_ins, has_session);
}

bool is_one_compromise(const Finding& a, const Finding& b, parsers::Duration window) {
  if (share_sign_in(a, b)) return true;
  if (!are_near(a, b, window)) return false;
  if (!is_tied(a) || !is_tied(b)) return true;
  return a.host == b.host && !know_sessions(a, b);
}

template <class Row, class Order>
void unite(std::vector<Row>& rows, const std::vector<Row>& more, Order order) {
  std::set<std::decay_t<decltype(order(more.front()))>> known;
  for (const Row& row : rows) known.insert(order(row));
  for (const Row& row : more)
    if (known.insert(order(row)).second) rows.push_back(row);
  std::ranges::sort(rows, {}, order);
}

void take_in(Finding& finding, const Finding& part) {
  unite(finding.alerts, part.alerts, [](const parsers::Alert& row) { return std::pair(row.created, row.id); });
  unite(finding.clicks, part.clicks, [](const Click& row) { return std::pair(row.event.time, row.event_id); });
  unite(finding.sign_ins, part.sign_ins, [](const SignIn& row) { return std::pair(row.created, row.id); });
  set_seen(finding);
}

}  // namespace

std::vector<Finding> merge_compromises(std::vector<Finding> chains, double minimum_confidence, const Windows& windows) {
  std::ranges::sort(chains, {}, rank);
  std::vector<Finding> standing, fallen;
  for (Finding& chain : chains) {
    chain.live = chain.confidence >= minimum_confidence;
    const Finding as_found = chain;
    const auto whole = !chain.live ? standing.end() : std::ranges::find_if(standing, [&](const Finding& other) {
      return is_one_compromise(other, as_found, windows.window);
    });
    if (whole != standing.end()) {
      take_in(*whole, chain);
      add_refutation(chain.reasons, "part-of-another", "it is told as finding " + whole->id);
      chain.confidence = confidence_of(chain.reasons);
      chain.live = false;
    }
    (chain.live ? standing : fallen).push_back(std::move(chain));
  }
  std::ranges::move(fallen, std::back_inserter(standing));
  std::ranges::sort(standing, {}, &Finding::id);
  return standing;
}

}  // namespace correlate

#include "sensor/correlate/engine.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sensor/correlate/chain.h"
#include "sensor/correlate/lures.h"

namespace correlate {

using parsers::Alert;
using parsers::SignIn;
using parsers::TimePoint;
using parsers::UserMatch;

namespace {

parsers::Duration checked(parsers::Duration duration, const char* name) {
  if (duration < parsers::Duration{} || duration > Engine::kMaxWindow)
    throw std::invalid_argument(std::string(name) + " is negative or longer than a year");
  return duration;
}

// The same message twice (a resend, or two paths from one device) is one click: the one with the lower id.
std::vector<Click> without_repeats(std::vector<Click> clicks) {
  std::set<std::pair<TimePoint, std::string_view>> seen;
  std::vector<Click> first;
  first.reserve(clicks.size());  // keeps the views in `seen` valid
  for (Click& click : clicks) {
    if (!click.raw.empty() && seen.contains({click.event.time, click.raw})) continue;
    first.push_back(std::move(click));
    if (!first.back().raw.empty()) seen.emplace(first.back().event.time, first.back().raw);
  }
  return first;
}

template <class Rows, class Id>
bool holds(const Rows& rows, Id of, const std::string& id) {
  return std::ranges::any_of(rows, [&](const auto& row) { return row.*of == id; });
}

// A real alert or sign-in in it makes it real.
bool is_test(const Finding& finding) {
  const auto made = [](const auto& row) { return row.id.starts_with(kTestPrefix); };
  return std::ranges::all_of(finding.alerts, made) && std::ranges::all_of(finding.sign_ins, made);
}

}  // namespace

Engine::Engine(const Settings& settings, Facts& facts)
    : minimum_confidence_(settings.minimum_confidence),
      windows_{checked(settings.window, "window"), checked(settings.click_lookback, "click_lookback")},
      shared_(settings.shared_ranges),
      facts_(facts) {
  for (const std::string& title : settings.titles.empty() ? parsers::shipped_titles() : settings.titles)
    titles_.insert(parsers::title_key(title));
}

bool Engine::watches_title(std::string_view title) const { return titles_.contains(parsers::title_key(title)); }

bool Engine::can_count(const Click& click) const {
  const parsers::Event& event = click.event;
  return event.has_url && !event.url.host.empty() && event.outcome != parsers::Outcome::blocked &&
         !(event.user.empty() && event.account.empty()) && !event.destination_address.empty() &&
         !shared_.contains(event.destination_address);
}

bool Engine::can_count(const SignIn& sign_in) const {
  return sign_in.error_code == 0 && !sign_in.user_principal_name.empty() && !sign_in.address.empty() &&
         !shared_.contains(sign_in.address);
}

// The keys of the findings that a click that can count may stand in: those of the sign-ins around it.
void Engine::add_keys(const Click& click, Keys& keys) {
  const parsers::Event& event = click.event;
  const Span span = around(event.time, windows_.window);
  const auto sign_ins = event.user.empty() ? facts_.sign_ins_of_account(event.account, span.from, span.to)
                                           : facts_.sign_ins_of_user(event.user, span.from, span.to);
  for (const SignIn& sign_in : sign_ins)
    if (can_count(sign_in) && sign_in.address == event.destination_address)
      keys.insert({sign_in.user_principal_name, event.url.host, sign_in.address, stretch_of(sign_in.created)});
}

std::vector<Click> Engine::clicks_for(const FindingKey& key) {
  const Span stretch = stretch_span(key.stretch);
  auto clicks = facts_.clicks_of_user(key.user, stretch.from - windows_.window, stretch.to + windows_.window);
  std::erase_if(clicks, [&](const Click& click) {
    return !can_count(click) || click.event.url.host != key.host || click.event.destination_address != key.address ||
           match_user(click, key.user) == UserMatch::none;
  });
  return without_repeats(std::move(clicks));
}

std::vector<SignIn> Engine::sign_ins_for(const FindingKey& key, const std::vector<Click>& clicks) {
  const Span stretch = stretch_span(key.stretch);
  std::vector<Span> spans;
  for (const Click& click : clicks) {
    const Span span = around(click.event.time, windows_.window);
    spans.push_back({std::max(span.from, stretch.from), std::min(span.to, stretch.to)});
  }
  std::vector<SignIn> sign_ins;
  for (const Span& span : merge(std::move(spans)))
    for (SignIn& sign_in : facts_.sign_ins_of_user(key.user, span.from, span.to))
      if (can_count(sign_in) && sign_in.address == key.address) sign_ins.push_back(std::move(sign_in));
  return sign_ins;
}

std::optional<Finding> Engine::evaluate(const FindingKey& key) {
  auto alerts = facts_.alerts_on_host(parsers::host_key(key.host));
  std::erase_if(alerts, [&](const Alert& alert) { return !watches_title(alert.title); });
  if (alerts.empty()) return {};
  auto clicks = clicks_for(key);
  auto sign_ins = sign_ins_for(key, clicks);
  auto finding = link(key, std::move(alerts), std::move(clicks), std::move(sign_ins), windows_);
  if (finding && finding->confidence < minimum_confidence_) return {};
  if (finding) finding->test = is_test(*finding);
  return finding;
}

std::vector<Finding> Engine::evaluate(const Keys& keys) {
  std::vector<Finding> findings;
  for (const FindingKey& key : keys)
    if (auto finding = evaluate(key)) findings.push_back(std::move(*finding));
  std::ranges::sort(findings, {}, &Finding::id);
  return findings;
}

std::vector<Finding> Engine::on_click(const Click& click) { return on_clicks({click}); }

std::vector<Finding> Engine::on_clicks(const std::vector<Click>& clicks) {
  Keys keys;
  for (const Click& click : clicks)
    if (can_count(click)) add_keys(click, keys);
  auto findings = evaluate(keys);
  std::erase_if(findings, [&](const Finding& finding) {
    return std::ranges::none_of(finding.clicks, [&](const Click& in) {
      return std::ranges::any_of(clicks, [&](const Click& click) { return click.event_id == in.event_id; });
    });
  });
  return findings;
}

std::vector<Finding> Engine::on_alert(const Alert& alert) {
  if (!watches_title(alert.title)) return {};
  std::set<std::string> hosts;
  for (const Lure& lure : lures_of(alert)) hosts.insert(lure.url.host);
  Keys keys;
  for (const std::string& host : hosts) {
    const Bait bait(alert, host, windows_);
    for (const Span& span : click_spans(alert, windows_))
      for (const Click& click : facts_.clicks_on_host(parsers::host_key(host), span.from, span.to))
        if (can_count(click) && click.event.url.host == host && bait.match(click).lure != nullptr)
          add_keys(click, keys);
  }
  auto findings = evaluate(keys);
  std::erase_if(findings, [&](const Finding& finding) { return !holds(finding.alerts, &Alert::id, alert.id); });
  return findings;
}

std::vector<Finding> Engine::on_sign_in(const SignIn& sign_in) {
  if (!can_count(sign_in)) return {};
  const Span span = around(sign_in.created, windows_.window);
  Keys keys;
  for (const Click& click : facts_.clicks_of_user(sign_in.user_principal_name, span.from, span.to))
    if (can_count(click) && click.event.destination_address == sign_in.address &&
        match_user(click, sign_in.user_principal_name) != UserMatch::none)
      keys.insert({sign_in.user_principal_name, click.event.url.host, sign_in.address, stretch_of(sign_in.created)});
  auto findings = evaluate(keys);
  std::erase_if(findings, [&](const Finding& finding) { return !holds(finding.sign_ins, &SignIn::id, sign_in.id); });
  return findings;
}

}  // namespace correlate

#include "sensor/correlate/engine.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sensor/correlate/judgement.h"
#include "sensor/correlate/lures.h"

namespace correlate {

using parsers::Alert;
using parsers::SignIn;

namespace {

parsers::Duration checked(parsers::Duration duration, const char* name) {
  if (duration < parsers::Duration{} || duration > Engine::kMaxWindow)
    throw std::invalid_argument(std::string(name) + " is negative or longer than a year");
  return duration;
}

// A real alert or sign-in in it makes it real.
bool is_test(const Finding& finding) {
  const auto made = [](const auto& row) { return row.id.starts_with(kTestPrefix); };
  return std::ranges::all_of(finding.alerts, made) && std::ranges::all_of(finding.sign_ins, made);
}

}  // namespace

bool can_count(const Click& click) {
  const parsers::Event& event = click.event;
  if (!event.has_url || event.url.host.empty() || event.outcome == parsers::Outcome::blocked) return false;
  for (const std::string& address : {event.source_address, click.egress_address})
    if (is_microsoft_service(address) || is_mail_gateway(address)) return false;
  return !is_scanner_agent(click.user_agent);
}

Engine::Engine(const Settings& settings, Facts& facts)
    : minimum_confidence_(settings.minimum_confidence),
      windows_{checked(settings.window, "window"), checked(settings.click_lookback, "click_lookback")},
      shared_(settings.shared_ranges),
      asn_of_(settings.asn_of),
      facts_(facts) {
  for (const std::string& title : settings.titles.empty() ? parsers::shipped_titles() : settings.titles)
    titles_.insert(parsers::title_key(title));
  for (const std::string& source : settings.service_sources) service_sources_.insert(parsers::title_key(source));
  for (const std::string& category : settings.categories) categories_.insert(parsers::title_key(category));
}

bool Engine::watches_title(std::string_view title) const { return titles_.contains(parsers::title_key(title)); }

bool Engine::watches(const Alert& alert) const {
  if (watches_title(alert.title)) return true;
  if (service_sources_.empty() && categories_.empty()) return false;
  const auto fits = [](const auto& wanted, const std::string& value) {
    return wanted.empty() || wanted.contains(parsers::title_key(value));
  };
  const bool fits_category =
      fits(categories_, alert.category) ||
      std::ranges::any_of(alert.categories, [&](const auto& one) { return fits(categories_, one); });
  return fits(service_sources_, alert.service_source) && fits_category;
}

std::set<std::string> Engine::users_of(const std::vector<Click>& clicks) {
  std::set<std::string> users;
  for (const Click& click : clicks) {
    if (!can_count(click)) continue;
    for (std::string& user : facts_.users_of(click)) users.insert(std::move(user));
  }
  return users;
}

std::set<std::string> Engine::users_of(const Alert& alert) {
  std::set<std::string> users;
  if (!watches(alert)) return users;
  std::set<std::uint64_t> hosts;
  for (const Lure& lure : lures_of(alert)) {
    hosts.insert(parsers::host_key(lure.url.host));
    for (const std::uint64_t host : facts_.hosts_of_domain(domain_key(lure.url.host))) hosts.insert(host);
  }
  for (const std::uint64_t key : hosts)
    for (const Span& span : click_spans(alert, windows_))
      for (std::string& user : facts_.clickers(key, span)) users.insert(std::move(user));
  return users;
}

std::set<std::string> Engine::users_of(const SignIn& sign_in) {
  if (sign_in.error_code != 0 || sign_in.user_principal_name.empty() || sign_in.address.empty()) return {};
  return {sign_in.user_principal_name};
}

std::vector<Finding> Engine::judge(const std::string& user) {
  const Premises premises{
      facts_, windows_, shared_, asn_of_, minimum_confidence_, [this](const Alert& alert) {
                            return watches(alert); }};
  auto findings = Judgement(premises, user).take();
  for (Finding& finding : findings) finding.test = is_test(finding);
  return findings;
}

std::vector<Finding> Engine::live(const std::set<std::string>& users) {
  std::vector<Finding> findings;
  for (const std::string& user : users)
    for (Finding& finding : judge(user))
      if (finding.live) findings.push_back(std::move(finding));
  std::ranges::sort(findings, {}, &Finding::id);
  return findings;
}

}  // namespace correlate

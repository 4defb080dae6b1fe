#include "sensor/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <tuple>

#include "sensor/correlate/chain.h"
#include "sensor/correlate/lures.h"
#include "sensor/correlate/networks.h"
#include "sensor/correlate/shared_hosts.h"
#include "sensor/findings/text.h"

namespace sensor {
namespace {

namespace json = boost::json;
using correlate::Click;
using parsers::Alert;
using parsers::Duration;
using parsers::format_rfc3339;
using parsers::SignIn;
using parsers::TimePoint;

constexpr Duration kNear = std::chrono::days(7);  // how far around a passing click sign-ins are looked at

// Tries conditions one after the other until one fails.
class Trial {
 public:
  Trial(std::string id, TimePoint time, std::string what) : candidate_{std::move(id), time, std::move(what), {}, {}} {}
  bool going() const { return candidate_.passes(); }
  Trial& that(const char* name, bool holds, std::string detail) {
    if (going()) candidate_.conditions.push_back({name, holds, std::move(detail)});
    return *this;
  }
  void near(Duration distance) { candidate_.distance = distance; }
  Candidate take() { return std::move(candidate_); }

 private:
  Candidate candidate_;
};

std::string quoted(const std::string& text) { return text.empty() ? "nothing" : '"' + text + '"'; }

// "6 h 12 min after the click" of a positive time.
std::string relative(Duration duration, const char* to_what) {
  return correlate::spell(duration) + (duration < Duration{} ? " before " : " after ") + to_what;
}

Duration distance_to(const correlate::Span& span, TimePoint time) {
  if (span.contains(time)) return {};
  return time < span.from ? span.from - time : time - span.to;
}

void add(Edge& edge, Candidate candidate) {
  ++edge.candidates;
  if (candidate.passes()) ++edge.passing;
  edge.nearest.push_back(std::move(candidate));
  // Those that came farther, then those nearer in time; kept short, for a busy host has thousands.
  std::ranges::sort(edge.nearest, {}, [](const Candidate& each) {
    return std::tuple(!each.passes(), -static_cast<int>(each.conditions.size()), each.distance, each.time, each.id);
  });
  if (edge.nearest.size() > kShownCandidates) edge.nearest.pop_back();
}

class Walker {
 public:
  Walker(correlate::Facts& facts, const correlate::Engine& engine, const correlate::Settings& settings,
         const WalkQuestion& question)
      : facts_(facts),
        engine_(engine),
        settings_(settings),
        windows_{settings.window, settings.click_lookback},
        question_(question),
        shared_(settings.shared_ranges) {}

  Walk take() {
    walk_.edges = {
        {"alert", "an alert of a watched title that names " + question_.url.host, 0, 0, {}},
        {"click", "a web log row of " + question_.user + " on that host, let through, near the alert", 0, 0, {}},
        {"sign-in",
         "a successful sign-in of " + question_.user + " from the address reached, near the click",
         0,
         0,
         {}}};
    try_alerts();
    if (!walk_.alerts.empty()) try_clicks();
    if (!clicks_.empty()) try_sign_ins();
    settle();
    return std::move(walk_);
  }

 private:
  void try_alerts() {
    for (Alert& alert : facts_.alerts_on_host(parsers::host_key(question_.url.host))) {
      Trial trial(alert.id, alert.created, quoted(alert.title) + " of " + format_rfc3339(alert.created));
      trial.that("title-watched", engine_.watches(alert), watch_text(alert));
      if (question_.at) {
        const auto [span, away] = nearest_span(alert, *question_.at);
        trial.near(away);
        trial.that("alert-time", away == Duration{},
                   away == Duration{} ? "it reaches for clicks at that time"
                                      : "it reaches for clicks from " + format_rfc3339(span.from) + " to " +
                                            format_rfc3339(span.to) + ", " + correlate::spell(away) + " off");
      }
      const bool passes = trial.going();
      add(walk_.edges[0], trial.take());
      if (passes) walk_.alerts.push_back(std::move(alert));
    }
  }

  std::string watch_text(const Alert& alert) const {
    if (engine_.watches_title(alert.title)) return "its title is watched";
    if (engine_.watches(alert)) return "alerts of its service and category are watched";
    return "its title " + quoted(alert.title) + " is not watched; see [correlation] titles";
  }

  std::pair<correlate::Span, Duration> nearest_span(const Alert& alert, TimePoint time) const {
    std::pair<correlate::Span, Duration> best{{}, Duration::max()};
    for (const correlate::Span& span : correlate::click_spans(alert, windows_))
      if (const Duration away = distance_to(span, time); away < best.second) best = {span, away};
    return best;
  }

  void try_clicks() {
    const TimePoint from = question_.at ? *question_.at - settings_.window : TimePoint::min();
    const TimePoint to = question_.at ? *question_.at + settings_.window : TimePoint::max();
    for (Click& click : facts_.clicks_on_host(parsers::host_key(question_.url.host), from, to)) {
      if (click.event.url.host != question_.url.host) continue;
      Candidate candidate = try_click(click);
      const bool passes = candidate.passes();
      add(walk_.edges[1], std::move(candidate));
      if (passes) clicks_.push_back(std::move(click));
    }
  }

  Candidate try_click(const Click& click) {
    const parsers::Event& event = click.event;
    const std::string who = event.user_raw.empty() ? event.user : event.user_raw;
    Trial trial(std::to_string(click.event_id), event.time,
                fmt::format("{} {} logged {} on {} at {}", parsers::to_string(event.vendor), event.product, quoted(who),
                            event.url.canonical(), format_rfc3339(event.time)));
    auto user = correlate::match_user(click, question_.user);
    if (user == parsers::UserMatch::address) {  // a row without a user is his whom others saw at its client's address
      const auto users = facts_.users_of(click);
      if (std::ranges::find(users, question_.user) == users.end()) user = parsers::UserMatch::none;
    }
    const std::string is = event.user.empty() ? event.account : event.user;
    trial.that("user", user != parsers::UserMatch::none,
               is.empty()                         ? "the row names no user"
               : user == parsers::UserMatch::none ? "the row's user is " + quoted(is) + ", not " + question_.user
                                                  : std::string("the row's user matches: ") + parsers::to_string(user));
    const bool blocked = event.outcome == parsers::Outcome::blocked;
    trial.that("outcome", !blocked,
               std::string(blocked ? "the device blocked it: " : "the device did not block it: ") +
                   quoted(event.action) + " (" + parsers::to_string(event.outcome) + ')');
    const bool is_scanner = !blocked && !correlate::can_count(click);
    trial.that("person", !is_scanner,
               is_scanner
                   ? "a scanner opened it: from " + quoted(event.source_address) + " as " + quoted(click.user_agent)
                   : "no known scanner opened it");
    trial.that("destination", !event.destination_address.empty(),
               event.destination_address.empty() ? "the row has no destination address"
                                                 : "it went to " + event.destination_address);
    const bool is_shared = shared_.contains(event.destination_address);
    trial.that("shared-range", !is_shared,
               event.destination_address + (is_shared ? " lies in [network] shared_ranges and proves nothing by itself"
                                                      : " is in no shared range"));
    try_alert_times(trial, event);
    try_page(trial, click);
    if (question_.at) trial.near(std::chrono::abs(event.time - *question_.at));
    return trial.take();
  }

  void try_alert_times(Trial& trial, const parsers::Event& event) {
    std::pair<correlate::Span, Duration> best{{}, Duration::max()};
    const Alert* nearest = nullptr;
    for (const Alert& alert : walk_.alerts) {
      const auto found = nearest_span(alert, event.time);
      if (found.second >= best.second) continue;
      best = found;
      nearest = &alert;
    }
    trial.near(best.second);
    if (nearest == nullptr) return;
    const std::string apart = relative(event.time - nearest->created, "the alert");
    trial.that("click-window", best.second == Duration{},
               best.second == Duration{}
                   ? "the click is " + apart
                   : "the click is " + apart + "; window is " + correlate::spell(settings_.window) +
                         ", click_lookback is " + correlate::spell(settings_.click_lookback));
  }

  // On a host of everybody's pages the host is no evidence.
  void try_page(Trial& trial, const Click& click) {
    const std::string& host = click.event.url.host;
    if (!correlate::is_shared_host(host)) return;
    const bool is_page = std::ranges::any_of(walk_.alerts, [&](const Alert& alert) {
      return correlate::Bait(alert, host, windows_).match(click).lure != nullptr;
    });
    trial.that(
        "page", is_page,
        is_page ? "it is the alert's page"
                : "on " + host + " lie everybody's pages, and " + click.event.url.canonical() + " is not the alert's");
  }

  void try_sign_ins() {
    std::vector<correlate::Span> spans;
    for (const Click& click : clicks_)
      spans.push_back(correlate::around(click.event.time, std::max(kNear, settings_.window)));
    for (const correlate::Span& span : correlate::merge(std::move(spans)))
      for (const SignIn& sign_in : facts_.sign_ins_of_user(question_.user, span.from, span.to))
        add(walk_.edges[2], try_sign_in(sign_in));
  }

  Candidate try_sign_in(const SignIn& sign_in) {
    Trial trial(sign_in.id, sign_in.created,
                fmt::format("sign-in from {} at {}{}", sign_in.address.empty() ? "no address" : sign_in.address,
                            format_rfc3339(sign_in.created),
                            sign_in.app_display_name.empty() ? "" : " to " + sign_in.app_display_name));
    trial.that("succeeded", sign_in.error_code == 0,
               sign_in.error_code == 0
                   ? "it succeeded"
                   : fmt::format("it failed with {}{}", sign_in.error_code,
                                 sign_in.failure_reason.empty() ? "" : ": " + sign_in.failure_reason));
    const Click& click = nearest_click(sign_in);
    const std::string tie = tie_of(sign_in.address, click);
    trial.that("address", !tie.empty(),
               !tie.empty() ? sign_in.address + tie
                            : "sign-in from " + quoted(sign_in.address) + ", but the page was reached at " +
                                  click.event.destination_address);
    const Duration apart = sign_in.created - click.event.time;
    const bool in_time = std::chrono::abs(apart) <= settings_.window;
    trial.that("signin-window", in_time,
               in_time ? "it is " + relative(apart, "the click")
                       : "sign-in from " + sign_in.address + " is " + relative(apart, "the click") + "; window is " +
                             correlate::spell(settings_.window));
    trial.near(std::chrono::abs(apart));
    return trial.take();
  }

  std::string tie_of(const std::string& address, const Click& click) const {
    const std::string& served = click.event.destination_address;
    if (address == served) return " served the page";
    if (facts_.served(parsers::host_key(click.event.url.host), address)) return " served the host at another time";
    const std::string network = correlate::network_of(address);
    if (!network.empty() && network == correlate::network_of(served))
      return " lies in the network of " + served + ", which served the page";
    return {};
  }

  // The click that it comes closest to: of the same address, if there is one.
  const Click& nearest_click(const SignIn& sign_in) const {
    return *std::ranges::min_element(clicks_, {}, [&](const Click& click) {
      return std::tuple(click.event.destination_address != sign_in.address,
                        std::chrono::abs(sign_in.created - click.event.time));
    });
  }

  void settle() {
    for (const Edge& edge : walk_.edges) {
      if (edge.passing > 0) continue;
      walk_.failed_edge = edge.name;
      if (edge.nearest.empty()) {
        walk_.failed_condition = "stored";
        walk_.failed_detail = "there is no candidate: no stored row is " + edge.question;
        if (edge.name == "alert") walk_.failed_detail = "no stored alert names the host " + question_.url.host;
        if (edge.name == "click") walk_.failed_detail = "no stored web log row is on the host " + question_.url.host;
        if (edge.name == "sign-in") walk_.failed_detail = "no stored sign-in of " + question_.user + " is near a click";
      } else {
        walk_.failed_condition = edge.nearest.front().conditions.back().name;
        walk_.failed_detail = edge.nearest.front().conditions.back().detail;
      }
      return;
    }
  }

  correlate::Facts& facts_;
  const correlate::Engine& engine_;
  const correlate::Settings& settings_;
  correlate::Windows windows_;
  const WalkQuestion& question_;
  parsers::AddressRanges shared_;
  std::vector<Click> clicks_;
  Walk walk_;
};

json::object candidate_json(const Candidate& candidate) {
  json::array conditions;
  for (const Condition& condition : candidate.conditions)
    conditions.push_back(
        json::object{{"name", condition.name}, {"holds", condition.holds}, {"detail", condition.detail}});
  return {{"id", candidate.id},
          {"time", format_rfc3339(candidate.time)},
          {"what", candidate.what},
          {"passes", candidate.passes()},
          {"conditions", std::move(conditions)}};
}

}  // namespace

Walk walk(correlate::Facts& facts, const correlate::Engine& engine, const correlate::Settings& settings,
          const WalkQuestion& question) {
  return Walker(facts, engine, settings, question).take();
}

json::object walk_json(const Walk& walk) {
  json::array edges;
  for (const Edge& edge : walk.edges) {
    json::array nearest;
    for (const Candidate& candidate : edge.nearest) nearest.push_back(candidate_json(candidate));
    edges.push_back(json::object{{"edge", edge.name},
                                 {"wanted", edge.question},
                                 {"candidates", edge.candidates},
                                 {"passing", edge.passing},
                                 {"nearest", std::move(nearest)}});
  }
  json::value failed = nullptr;
  if (!walk.failed_edge.empty())
    failed = {{"edge", walk.failed_edge}, {"condition", walk.failed_condition}, {"detail", walk.failed_detail}};
  return {{"edges", std::move(edges)}, {"first_failed", std::move(failed)}};
}

std::string walk_text(const Walk& walk) {
  std::string out;
  for (const Edge& edge : walk.edges) {
    out += fmt::format("{:<8} {}: {} candidate{}, {} pass\n", edge.name, findings::printable(edge.question),
                       edge.candidates, edge.candidates == 1 ? "" : "s", edge.passing);
    for (const Candidate& candidate : edge.nearest) {
      out += fmt::format("  {} {}\n", candidate.passes() ? '+' : '-', findings::printable(candidate.what));
      for (const Condition& condition : candidate.conditions)
        out += fmt::format("      {:<3} {:<14} {}\n", condition.holds ? "yes" : "NO", condition.name,
                           findings::printable(condition.detail));
    }
    if (edge.name == walk.failed_edge) break;
  }
  return out;
}

}  // namespace sensor

#include "sensor/hunt.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <iterator>
#include <set>

#include "sensor/correlate/chain.h"
#include "sensor/correlate/lures.h"
#include "sensor/findings/finding_json.h"
#include "sensor/findings/line_reader.h"
#include "sensor/pipeline.h"
#include "sensor/stored_records.h"

namespace sensor {
namespace {

storage::StoreOptions reading(const config::Config& config) {
  storage::StoreOptions options;
  options.directory = config.storage.directory;
  options.read_only = true;
  return options;
}

bool is_any(const parsers::Url& url) { return url.host.empty(); }

bool meets(const parsers::Url& wanted, const parsers::Url& found) {
  if (is_any(wanted)) return true;
  if (wanted.host != found.host) return false;
  return (wanted.path == "/" && wanted.query.empty()) ||
         parsers::match_urls(wanted, found) <= parsers::UrlMatch::path_prefix;
}

// The line of a finding, as `query` asks for it.
bool meets(const HuntQuery& query, std::string_view line) {
  const boost::json::object finding = findings::parse_line(line);
  parsers::Url url;
  const bool is_url = parsers::parse_url(findings::text_of(finding, "url"), "https", url).has_value();
  if (!is_any(query.url) && !(is_url && meets(query.url, url))) return false;
  if (!query.user.empty() && findings::text_of(finding, "user") != query.user) return false;
  const auto first = parsers::parse_rfc3339(findings::text_of(finding, "first_seen"));
  const auto last = parsers::parse_rfc3339(findings::text_of(finding, "last_seen"));
  return first && last && *last >= query.since && *first <= query.until;
}

// Whom the alerts concern that the query asks for.
std::set<std::string> users_concerned(storage::State& state, correlate::Engine& engine, const HuntQuery& query,
                                      HuntProgress& done, const std::function<void(const HuntProgress&)>& progress) {
  std::set<std::string> users;
  for_each_alert(state, [&](const parsers::Alert& alert) {
    if (!engine.watches(alert)) return;
    const auto lures = correlate::lures_of(alert);
    const auto on_host = [&](const correlate::Lure& lure) { return lure.url.host == query.url.host; };
    if (!is_any(query.url) && std::ranges::none_of(lures, on_host)) return;
    if (query.user.empty()) users.merge(engine.users_of(alert));
    ++done.alerts;
    progress(done);
  });
  if (!query.user.empty() && done.alerts > 0) users.insert(query.user);
  return users;
}

}  // namespace

StoreReader::StoreReader(const config::Config& config, const parsers::IdentityMap& identity)
    : events(reading(config)),
      state(config.storage.directory + "/state.db", storage::State::Mode::read_only),
      lookup(state),
      deriver(config, identity),
      facts(events, state, lookup, deriver, config.correlation.window) {}

HuntResult hunt(StoreReader& store, const correlate::Settings& settings, const exclusions::ExclusionSet& exclusions,
                const HuntQuery& query, parsers::TimePoint now,
                const std::function<void(const HuntProgress&)>& progress) {
  correlate::Engine engine(settings, store.facts);
  HuntProgress done;
  const std::set<std::string> users = users_concerned(store.state, engine, query, done, progress);
  done.users = users.size();
  std::map<std::pair<std::string, std::string>, std::string> found;  // lines by first_seen and id
  HuntResult result;
  result.alerts = done.alerts;
  for (const std::string& user : users) {
    for (const correlate::Finding& finding : engine.judge(user)) {
      if (!finding.live) continue;
      const auto known = store.state.latest_finding(finding.id);
      const std::int64_t revision = !known ? 1 : known->revision + (known->digest == finding.digest() ? 0 : 1);
      std::string line = findings::to_json_line(finding, revision, now);
      if (!meets(query, line)) continue;
      if (exclusions.covering(finding, now).empty())
        found.emplace(std::pair(parsers::format_rfc3339(finding.first_seen), finding.id), std::move(line));
      else
        ++result.suppressed;
    }
    ++done.judged;
    progress(done);
  }
  for (auto& [key, line] : found) result.findings.push_back(std::move(line));
  return result;
}

SeedResult hunt_seed_exact(StoreReader& store, const HuntQuery& query, SeedRuns runs, parsers::TimePoint now) {
  SeedScope scope;
  scope.since = query.since;
  scope.until = query.until;
  SeedResult result = run_seed_exact(store.events, store.state, store.deriver, scope, runs, now);
  std::erase_if(result.findings, [&](const std::string& line) { return !meets(query, line); });
  return result;
}

}  // namespace sensor

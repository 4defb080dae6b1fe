#include <chrono>

#include "sensor/graph/caller.h"
#include "sensor/graph/poller.h"

namespace graph {
namespace {

struct Probe {
  Resource resource;
  const char* target;
};

constexpr Probe kAlerts = {Resource::alerts, "/v1.0/security/alerts_v2?$top=1"};
constexpr Probe kSignins = {Resource::signins, "/v1.0/auditLogs/signIns?$top=1"};
constexpr Probe kUsers = {Resource::users, "/v1.0/users/delta?$select=id"};
// One record, of which nothing is wanted but that it came.
struct Unread final : BodySink {
  void take(std::string_view) override {}
};

constexpr Probe kBeta = {
    Resource::signins_beta,
    "/beta/auditLogs/signIns?$filter=signInEventTypes%2Fany%28t%3A%20t%20eq%20%27nonInteractiveUser%27%29&$top=1"};

}  // namespace

std::vector<std::string> probe(const Settings& settings) {
  if (settings.tenant_id.empty()) return {};
  const auto places = read_places(settings);
  if (!places) return {places.error().detail};
  const auto now = std::chrono::floor<parsers::Duration>(std::chrono::system_clock::now());
  Caller caller(settings, *places);
  if (const auto token = caller.token(now); token.verdict != Verdict::ok) return {token.error};

  std::vector<Probe> probes;
  std::vector<std::string> errors;
  if (settings.alerts.enabled) {
    const auto missing = missing_api(settings, FeedName::alerts);
    if (missing.empty()) {
      probes.push_back(kAlerts);
    } else {
      errors.push_back(missing);
    }
  }
  if (settings.signins.enabled) probes.push_back(kSignins);
  if (settings.signins.enabled && settings.signins.non_interactive) probes.push_back(kBeta);
  if (settings.users.enabled) probes.push_back(kUsers);
  Unread unread;
  for (const auto& [resource, target] : probes) {
    const auto answer = caller.get(resource, target, unread, now);
    if (answer.verdict != Verdict::ok) errors.push_back(answer.error);
  }
  return errors;
}

}  // namespace graph

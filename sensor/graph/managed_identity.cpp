#include "sensor/graph/managed_identity.h"

#include <unistd.h>

#include <cstdlib>

#include "sensor/graph/private_file.h"

namespace graph {
namespace {

constexpr const char* kImdsPath = "/metadata/identity/oauth2/token";
constexpr const char* kArcEndpoint = "http://127.0.0.1:40342/metadata/identity/oauth2/token";

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

parsers::Error challenge_error(const std::string& why) {
  return {"arc_challenge", 0, "Azure Arc's agent " + why + "; no token was taken."};
}

}  // namespace

parsers::Result<IdentityService> identity_service(const Settings& settings) {
  std::string arc = settings.arc;
  if (arc.empty() && !from_environment("IMDS_ENDPOINT").empty()) arc = from_environment("IDENTITY_ENDPOINT");
  // The agent tells its services in its own environment, which a unit may lack.
  if (arc.empty() && ::access(settings.arc_agent.c_str(), F_OK) == 0) arc = kArcEndpoint;
  IdentityService service{!arc.empty(), {}, kImdsPath};
  std::string url = service.arc ? arc : settings.imds;
  if (const auto path = url.find('/', url.find("://") + 3); path != std::string::npos) {
    if (path + 1 < url.size()) service.path = url.substr(path);
    url.resize(path);
  }
  if (!service.arc && url == "http://169.254.169.254") {
    service.origin = {false, "169.254.169.254", 80};
    return service;
  }
  const auto origin = parse_origin(url);
  if (!origin) return parsers::Error{"identity_endpoint", 0, "IDENTITY_ENDPOINT " + origin.error().detail};
  if (!is_loopback(origin->host)) {
    return parsers::Error{
        "identity_endpoint", 0,
        "IDENTITY_ENDPOINT '" + printable(url) + "' is not on this machine, so it can't be Azure Arc."};
  }
  service.origin = *origin;
  return service;
}

HttpRequest identity_request(const IdentityService& service, const Settings& settings, std::string_view authorization) {
  std::string target = service.path + (service.arc ? "?api-version=2020-06-01" : "?api-version=2018-02-01") +
                       "&resource=" + percent_encode(settings.endpoint);
  if (!settings.client_id.empty()) target += "&client_id=" + percent_encode(settings.client_id);
  HttpRequest request{"GET", service.origin, std::move(target), {{"Metadata", "true"}}, "", true};
  if (!authorization.empty()) request.headers.push_back({"Authorization", std::string(authorization)});
  return request;
}

parsers::Result<std::string> arc_authorization(const HttpResponse& challenge, const std::string& directory) {
  constexpr std::string_view kPrefix = "Basic realm=";
  std::string_view value = challenge.header("WWW-Authenticate");
  if (!value.starts_with(kPrefix)) return challenge_error("sent no challenge that names a key file");
  value.remove_prefix(kPrefix.size());
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  const auto slash = value.rfind('/');
  if (slash == value.npos || value.substr(0, slash) != directory || !value.ends_with(".key") ||
      value.size() > slash + 256) {
    return challenge_error("wants the file '" + printable(value, 200) + "', which is no key in " + directory);
  }
  auto key = read_secret(std::string(value), "Azure Arc's key file");
  if (!key) {
    return parsers::Error{key.error().code, 0,
                          key.error().detail + " The service's user must be in the group himds to read it."};
  }
  return "Basic " + *key;
}

}  // namespace graph

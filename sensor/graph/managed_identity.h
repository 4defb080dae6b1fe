// Tokens of the machine's own identity: Azure's instance metadata service, and Azure Arc's agent with its challenge.
// Sources: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token,
// learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication. Pure but for the key file.
#pragma once

#include <string>
#include <string_view>

#include "parsers/result.h"
#include "sensor/graph/http_client.h"
#include "sensor/graph/settings.h"

namespace graph {

struct IdentityService {
  bool arc = false;
  Origin origin;
  std::string path;
};

// Arc when its agent names a place (settings.arc, else $IDENTITY_ENDPOINT beside $IMDS_ENDPOINT) or is installed, else
// Azure's. Both are plain http by design and reachable from this machine alone; Arc's must be a loopback address.
parsers::Result<IdentityService> identity_service(const Settings& settings);

// Never through a proxy. `authorization`: empty, or the answer to Arc's challenge.
HttpRequest identity_request(const IdentityService& service, const Settings& settings, std::string_view authorization);

// Arc's first answer is 401 with "WWW-Authenticate: Basic realm=FILE": whoever can read FILE may have a token. The
// Authorization header for the second request. Refuses any file but a *.key of at most 4 KiB right in `directory`, so
// that something else on that port can't have files sent to it.
parsers::Result<std::string> arc_authorization(const HttpResponse& challenge, const std::string& directory);

}  // namespace graph

// What an answer means, and the sentence that tells a person what to do about it. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/time.h"
#include "sensor/graph/http_client.h"

namespace graph {

enum class Verdict {
  ok,
  partial,       // 206: take the records, but the collection isn't complete
  cut,           // the body ended early: take the whole records in it, then ask again
  unauthorized,  // 401: the token is no longer accepted
  throttled,     // 429
  transient,     // 408, 5xx and network failures: the same request may work later
  refused,       // everything else: a person has to change something
  stopped,
};

Verdict judge(const HttpResponse& response);

// What is being asked for; it decides which permission an error names.
enum class Resource { token, alerts, signins, signins_beta, users };

// "Graph answered 403 to security/alerts_v2: Missing application roles … Grant … (client-request-id …, request-id …)."
std::string graph_error(Resource resource, const HttpResponse& response, std::string_view client_request_id);

// The same for the OAuth errors of who issues tokens. `now` tells a clock that is wrong from a credential that is.
enum class Issuer { entra, identity_service };
std::string token_error(Issuer issuer, const HttpResponse& response, std::string_view client_request_id,
                        parsers::TimePoint now);

// How far this machine's clock is ahead of the server's, by the answer's Date header (whole seconds).
std::optional<std::chrono::milliseconds> clock_ahead(const HttpResponse& response, parsers::TimePoint now);

// How long the server asks to wait: Retry-After in seconds, or as an HTTP date against the answer's own Date header
// (else `now`). At most an hour, so that a wrong header can't end polling.
std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response, parsers::TimePoint now);

// IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<parsers::TimePoint> parse_http_date(std::string_view text);

}  // namespace graph

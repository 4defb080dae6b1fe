#include "sensor/graph/caller.h"

namespace graph {

parsers::Result<Places> read_places(const Settings& settings) {
  const auto authority = parse_origin(settings.authority);
  if (!authority) return parsers::Error{authority.error().code, 0, "[graph] authority " + authority.error().detail};
  const auto endpoint = parse_origin(settings.endpoint);
  if (!endpoint) return parsers::Error{endpoint.error().code, 0, "[graph] endpoint " + endpoint.error().detail};
  auto proxy = read_proxy(settings, ProxyEnvironment::of_process());
  if (!proxy) return proxy.error();
  return Places{*authority, *endpoint, std::move(*proxy)};
}

Caller::Caller(const Settings& settings, const Places& places)
    : endpoint_(places.endpoint),
      client_(settings.limits, settings.ca_file, places.proxy),
      tokens_(settings, places.authority, client_) {}

CallAnswer Caller::get(Resource resource, const std::string& target, parsers::TimePoint now) {
  CallAnswer answer = get_once(resource, target, now);
  if (answer.verdict != Verdict::unauthorized) return answer;
  tokens_.drop();
  answer = get_once(resource, target, now);
  if (answer.verdict == Verdict::unauthorized) {
    tokens_.drop();
    answer.verdict = Verdict::refused;
  }
  return answer;
}

CallAnswer Caller::get_once(Resource resource, const std::string& target, parsers::TimePoint now) {
  const TokenAnswer token = tokens_.ensure(now);
  if (token.verdict != Verdict::ok) return {token.verdict, 0, "", token.error, token.retry_after, false, {}};
  const std::string id = new_request_id();
  HttpRequest request{
      "GET", endpoint_, target, {{"Authorization", "Bearer " + tokens_.value()}, {"client-request-id", id}}, ""};
  // Without it Graph hides members added to an enumeration later, such as serviceSource microsoftSentinel.
  if (resource == Resource::alerts) request.headers.push_back({"Prefer", "include-unknown-enum-members"});
  auto response = client_.send(request);
  if (!response) {
    const std::string_view code = response.error().code;
    CallAnswer answer;
    answer.verdict = code == "stopped" ? Verdict::stopped : Verdict::transient;
    answer.error = "Asking Graph failed: " + response.error().detail + " (client-request-id " + id + ")";
    answer.too_large = code == "too_large";
    return answer;
  }
  CallAnswer answer{judge(*response),
                    response->status,
                    "",
                    "",
                    retry_after(*response, now),
                    false,
                    graph::clock_ahead(*response, now)};
  switch (answer.verdict) {
    case Verdict::ok:
      answer.body = std::move(response->body);
      break;
    case Verdict::cut:
      answer.error = "Graph's page ended early: " + response->cut + " (client-request-id " + id + ")";
      answer.body = std::move(response->body);
      break;
    case Verdict::partial:
      answer.error =
          "Graph answered 206: a source behind it did not answer, so the page is incomplete; it is asked again " +
          std::string("(client-request-id ") + id + ").";
      answer.body = std::move(response->body);
      break;
    default:
      answer.error = graph_error(resource, *response, id);
  }
  return answer;
}

}  // namespace graph

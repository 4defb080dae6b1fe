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

std::string in_brackets(const std::string& request_id) { return "(client-request-id " + request_id + ")"; }

CallAnswer Caller::get(Resource resource, const std::string& target, BodySink& body, parsers::TimePoint now) {
  CallAnswer answer = get_once(resource, target, body, now);
  if (answer.verdict != Verdict::unauthorized) return answer;
  tokens_.drop();
  answer = get_once(resource, target, body, now);
  if (answer.verdict == Verdict::unauthorized) {
    tokens_.drop();
    answer.verdict = Verdict::refused;
  }
  return answer;
}

CallAnswer Caller::get_once(Resource resource, const std::string& target, BodySink& body, parsers::TimePoint now) {
  CallAnswer answer;
  TokenAnswer token = tokens_.ensure(now);
  if (token.verdict != Verdict::ok) {
    answer.verdict = token.verdict;
    answer.error = std::move(token.error);
    answer.retry_after = token.retry_after;
    return answer;
  }
  answer.request_id = new_request_id();
  const std::string ids = in_brackets(answer.request_id);
  HttpRequest request{"GET",
                      endpoint_,
                      target,
                      {{"Authorization", "Bearer " + tokens_.value()}, {"client-request-id", answer.request_id}},
                      ""};
  // Without it Graph hides members added to an enumeration later, such as serviceSource microsoftSentinel.
  if (resource == Resource::alerts) request.headers.push_back({"Prefer", "include-unknown-enum-members"});
  const auto response = client_.send(request, &body);
  if (!response) {
    const std::string_view code = response.error().code;
    answer.verdict = code == "stopped" ? Verdict::stopped : Verdict::transient;
    answer.error = "Asking Graph failed: " + response.error().detail + " " + ids;
    answer.too_large = code == "too_large";
    return answer;
  }
  answer.verdict = judge(*response);
  answer.status = response->status;
  answer.retry_after = retry_after(*response, now);
  answer.clock_ahead = graph::clock_ahead(*response, now);
  if (answer.verdict == Verdict::ok) return answer;
  if (answer.verdict == Verdict::cut) {
    answer.error = "Graph's page ended early: " + response->cut + " " + ids;
  } else if (answer.verdict == Verdict::partial) {
    answer.error =
        "Graph answered 206: a source behind it did not answer, so the page is incomplete; it is asked again " + ids +
        ".";
  } else {
    answer.error = graph_error(resource, *response, answer.request_id);
  }
  return answer;
}

}  // namespace graph

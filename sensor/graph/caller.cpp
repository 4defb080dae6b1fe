#include "sensor/graph/caller.h"

namespace graph {

Caller::Caller(const Settings& settings, const Origin& authority, const Origin& endpoint)
    : endpoint_(endpoint), client_(settings.limits, settings.ca_file), tokens_(settings, authority, client_) {}

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
  if (token.verdict != Verdict::ok) return {token.verdict, 0, "", token.error, token.retry_after};
  const std::string id = new_request_id();
  HttpRequest request{
      "GET", endpoint_, target, {{"Authorization", "Bearer " + tokens_.value()}, {"client-request-id", id}}, ""};
  // Without it Graph hides members added to an enumeration later, such as serviceSource microsoftSentinel.
  if (resource == Resource::alerts) request.headers.push_back({"Prefer", "include-unknown-enum-members"});
  auto response = client_.send(request);
  if (!response) {
    const bool stopped = std::string_view(response.error().code) == "stopped";
    return {stopped ? Verdict::stopped : Verdict::transient,
            0,
            "",
            "Asking Graph failed: " + response.error().detail + " (client-request-id " + id + ")",
            {}};
  }
  CallAnswer answer{judge(*response), response->status, "", "", retry_after(*response, now)};
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

// A GET to Graph with a valid token: renews it when due, and once at once when Graph no longer accepts it.
//
// Threads: like HttpClient, `get` from one thread, `stop` from any.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "parsers/time.h"
#include "sensor/graph/answer.h"
#include "sensor/graph/http_client.h"
#include "sensor/graph/settings.h"
#include "sensor/graph/token.h"

namespace graph {

struct CallAnswer {
  Verdict verdict = Verdict::refused;
  int status = 0;          // 0: no answer of Graph at all
  std::string error;       // a sentence unless the verdict is ok
  std::string request_id;  // the request's own, as Graph was told it; empty when it got none
  std::optional<std::chrono::milliseconds> retry_after;
  bool too_large = false;                                // the body outgrew Limits::body_bytes
  std::optional<std::chrono::milliseconds> clock_ahead;  // this machine's clock against Graph's
};

// "(client-request-id ID)", as every error about a request ends.
std::string in_brackets(const std::string& request_id);

struct Places {
  Origin authority, endpoint;
  ProxyRules proxy;
};

// Where `settings` sends requests. The error is a sentence about the configuration.
parsers::Result<Places> read_places(const Settings& settings);

class Caller {
 public:
  // `settings` outlives the caller. The places come from read_places over it.
  Caller(const Settings& settings, const Places& places);

  // The body of an answer that is ok, partial or cut goes to `body` while it arrives.
  CallAnswer get(Resource resource, const std::string& target, BodySink& body, parsers::TimePoint now);
  TokenAnswer token(parsers::TimePoint now) { return tokens_.ensure(now); }
  const Credential& credential() const { return tokens_.credential(); }
  void stop() { client_.stop(); }

 private:
  CallAnswer get_once(Resource resource, const std::string& target, BodySink& body, parsers::TimePoint now);

  Origin endpoint_;
  HttpClient client_;
  TokenSource tokens_;
};

}  // namespace graph

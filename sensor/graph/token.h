// The application's access token: client credentials with a secret, kept until shortly before it expires.
//
// Threads: one. The secret is read from its file at each renewal, so that replacing the file is all a rotation needs.
// Neither the secret nor a token ever stands in an error or a log.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "parsers/result.h"
#include "sensor/graph/answer.h"
#include "sensor/graph/http_client.h"
#include "sensor/graph/settings.h"

namespace graph {

using SteadyTime = std::chrono::steady_clock::time_point;

// The secret in `path`, without the trailing line break. Errors: secret_missing, secret_open_to_all (readable by every
// user of this machine), secret_unusable (empty, several lines, larger than 4 KiB).
parsers::Result<std::string> read_secret(const std::string& path);

std::string token_form(const Settings& settings, std::string_view secret);

struct Token {
  std::string value;
  SteadyTime renew_at{};  // 5 min, or a tenth of the lifetime when that is less, before it expires
};
parsers::Result<Token> parse_token(std::string_view body, SteadyTime now);

struct TokenAnswer {
  Verdict verdict = Verdict::refused;
  std::string error;  // a sentence unless the verdict is ok
  std::optional<std::chrono::milliseconds> retry_after;
};

class TokenSource {
 public:
  TokenSource(const Settings& settings, Origin authority, HttpClient& client);

  // Makes `value` usable, asking Entra when there is none or it is about to expire.
  TokenAnswer ensure(parsers::TimePoint now);
  const std::string& value() const { return token_.value; }
  void drop() { token_ = {}; }  // Graph refused it

 private:
  const Settings& settings_;
  Origin authority_;
  HttpClient& client_;
  Token token_;
};

std::string new_request_id();  // a random GUID

}  // namespace graph

// The application's access token, kept until shortly before it expires: client credentials with a secret or a
// certificate (RFC 6749 4.4, RFC 7523), or the machine's managed identity.
//
// A renewal that fails early leaves the old token in use for as long as it is valid; while Entra asks to be left alone
// (Retry-After), nobody asks it.
// Threads: one. Secret and certificate are read from their files at each renewal: replacing the files is all that a
// rotation needs.
// Neither the secret nor a token ever stands in an error or a log.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/result.h"
#include "sensor/graph/answer.h"
#include "sensor/graph/certificate.h"
#include "sensor/graph/credential.h"
#include "sensor/graph/http_client.h"
#include "sensor/graph/managed_identity.h"
#include "sensor/graph/private_file.h"
#include "sensor/graph/settings.h"

namespace graph {

using SteadyTime = std::chrono::steady_clock::time_point;

inline constexpr std::chrono::hours kCertificateWarning{24 * 30};

// What `settings` signs in with, read from its files without asking anybody. Errors: those of the files.
parsers::Result<Credential> read_credential(const Settings& settings, parsers::TimePoint now);

// The bodies of the two kinds of token request; the order of the fields means nothing.
std::string token_form(const Settings& settings, std::string_view secret);
std::string assertion_form(const Settings& settings, std::string_view assertion);

struct Token {
  std::string value;
  SteadyTime renew_at{};  // 5 min, or a tenth of the lifetime when that is less, before it expires
  SteadyTime expires{};
};
// `wall` is for answers that name the time of expiry alone (managed identities).
parsers::Result<Token> parse_token(std::string_view body, SteadyTime now, parsers::TimePoint wall = {});

struct TokenAnswer {
  Verdict verdict = Verdict::refused;
  std::string error;  // a sentence unless the verdict is ok
  std::optional<std::chrono::milliseconds> retry_after;
};

class TokenSource {
 public:
  using Clock = SteadyTime (*)();
  TokenSource(const Settings& settings, Origin authority, HttpClient& client,
              Clock clock = &std::chrono::steady_clock::now);

  // Makes `value` usable, asking Entra when there is none or it is about to expire.
  TokenAnswer ensure(parsers::TimePoint now);
  const std::string& value() const { return token_.value; }
  void drop() { token_ = {}; }                                  // Graph refused it
  const Credential& credential() const { return credential_; }  // as at the last renewal

 private:
  TokenAnswer renew(parsers::TimePoint now);
  parsers::Result<std::string> form(const std::string& target, parsers::TimePoint now);
  TokenAnswer ask_entra(parsers::TimePoint now);
  TokenAnswer ask_identity_service(parsers::TimePoint now);
  TokenAnswer take(const parsers::Result<HttpResponse>& response, const std::string& id, parsers::TimePoint now);

  const Settings& settings_;
  Origin authority_;
  HttpClient& client_;
  Clock clock_;
  Token token_;
  TokenAnswer last_failure_;
  SteadyTime not_before_{};  // no renewal earlier
  Credential credential_;
};

std::string new_request_id();  // a random GUID

}  // namespace graph

#include "sensor/graph/token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cstdio>

namespace graph {
namespace {

constexpr std::chrono::seconds kLongestLifetime = std::chrono::hours(24);
constexpr std::chrono::seconds kEarlyRenewal = std::chrono::minutes(5);
constexpr std::chrono::seconds kRenewalPause{10};  // between early renewals, while the old token still does
constexpr const char* kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::int64_t whole_number(const boost::json::value* value) {
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  std::int64_t number = 0;
  if (const auto* text = value->if_string()) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::string form_start(const Settings& settings) {
  std::string scope = settings.endpoint;
  while (scope.ends_with('/')) scope.pop_back();
  return "client_id=" + percent_encode(settings.client_id) + "&scope=" + percent_encode(scope + "/.default") +
         "&grant_type=client_credentials";
}

Credential credential_of(const Certificate& certificate, parsers::TimePoint now) {
  Credential out{"certificate", certificate.not_after(), ""};
  const std::string end = parsers::format_rfc3339(certificate.not_after());
  if (certificate.not_after() <= now) {
    out.warning = "the certificate expired at " + end + ": make a new one and upload it to the app registration.";
  } else if (certificate.not_before() > now) {
    out.warning = "the certificate is not valid before " + parsers::format_rfc3339(certificate.not_before()) +
                  ": check this machine's clock.";
  } else if (certificate.not_after() - now < kCertificateWarning) {
    out.warning = "the certificate expires at " + end + ": upload a new one to the app registration before.";
  }
  return out;
}

}  // namespace

parsers::Result<Credential> read_credential(const Settings& settings, parsers::TimePoint now) {
  if (settings.managed_identity) return Credential{"managed_identity", {}, ""};
  if (!settings.certificate_file.empty()) {
    const auto certificate = Certificate::load(settings.certificate_file, settings.private_key_file);
    if (!certificate) return certificate.error();
    return credential_of(*certificate, now);
  }
  auto secret = read_secret(settings.client_secret_file);
  if (!secret) return secret.error();
  OPENSSL_cleanse(secret->data(), secret->size());
  return Credential{};
}

std::string token_form(const Settings& settings, std::string_view secret) {
  return form_start(settings) + "&client_secret=" + percent_encode(secret);
}

std::string assertion_form(const Settings& settings, std::string_view assertion) {
  return form_start(settings) + "&client_assertion_type=" + percent_encode(kAssertionType) +
         "&client_assertion=" + percent_encode(assertion);
}

parsers::Result<Token> parse_token(std::string_view body, SteadyTime now, parsers::TimePoint wall) {
  boost::system::error_code error;
  const auto value = boost::json::parse({body.data(), body.size()}, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains("access_token");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  const bool fit_for_a_header = text != nullptr && !text->empty() &&
                                std::all_of(text->begin(), text->end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!fit_for_a_header) return parsers::Error{"no_token", 0, "The answer holds no access token."};
  std::int64_t seconds = whole_number(object->if_contains("expires_in"));
  if (!object->contains("expires_in")) {
    const auto end = std::clamp<std::int64_t>(whole_number(object->if_contains("expires_on")), 0, 1LL << 40);
    seconds = end - parsers::to_micros(wall) / 1'000'000;
  }
  const auto lifetime = std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(0), kLongestLifetime);
  const auto early = std::min<std::chrono::milliseconds>(kEarlyRenewal, std::chrono::milliseconds(lifetime) / 10);
  return Token{std::string(text->data(), text->size()), now + lifetime - early, now + lifetime};
}

TokenSource::TokenSource(const Settings& settings, Origin authority, HttpClient& client, Clock clock)
    : settings_(settings), authority_(std::move(authority)), client_(client), clock_(clock) {}

TokenAnswer TokenSource::ensure(parsers::TimePoint now) {
  const SteadyTime time = clock_();
  const bool valid = !token_.value.empty() && time < token_.expires;
  if (valid && time < token_.renew_at) return {Verdict::ok, "", {}};
  if (time < not_before_) {
    if (valid) return {Verdict::ok, "", {}};
    TokenAnswer answer = last_failure_;
    answer.retry_after = std::chrono::ceil<std::chrono::milliseconds>(not_before_ - time);
    return answer;
  }
  TokenAnswer answer = renew(now);
  if (answer.verdict == Verdict::ok || answer.verdict == Verdict::stopped) return answer;
  if (answer.retry_after) not_before_ = time + *answer.retry_after;
  last_failure_ = answer;
  if (!valid) return answer;
  token_.renew_at = time + kRenewalPause;
  return {Verdict::ok, "", {}};
}

TokenAnswer TokenSource::renew(parsers::TimePoint now) {
  return settings_.managed_identity ? ask_identity_service(now) : ask_entra(now);
}

// The request's body, with a secret or an assertion in it.
parsers::Result<std::string> TokenSource::form(const std::string& target, parsers::TimePoint now) {
  if (settings_.certificate_file.empty()) {
    auto secret = read_secret(settings_.client_secret_file);
    if (!secret) return secret.error();
    std::string body = token_form(settings_, *secret);
    OPENSSL_cleanse(secret->data(), secret->size());
    credential_ = {};
    return body;
  }
  const auto certificate = Certificate::load(settings_.certificate_file, settings_.private_key_file);
  if (!certificate) return certificate.error();
  credential_ = credential_of(*certificate, now);
  const std::string assertion =
      certificate->assertion(settings_.client_id, authority_.text() + target, now, new_request_id());
  if (assertion.empty()) return parsers::Error{"private_key", 0, "OpenSSL could not sign with private_key_file."};
  return assertion_form(settings_, assertion);
}

TokenAnswer TokenSource::ask_entra(parsers::TimePoint now) {
  const std::string target = "/" + percent_encode(settings_.tenant_id) + "/oauth2/v2.0/token";
  auto body = form(target, now);
  if (!body) return {Verdict::refused, body.error().detail, {}};
  const std::string id = new_request_id();
  HttpRequest request{"POST",
                      authority_,
                      target,
                      {{"Content-Type", "application/x-www-form-urlencoded"}, {"client-request-id", id}},
                      std::move(*body)};
  const auto response = client_.send(request);
  OPENSSL_cleanse(request.body.data(), request.body.size());
  return take(response, id, now);
}

TokenAnswer TokenSource::ask_identity_service(parsers::TimePoint now) {
  credential_ = {"managed_identity", {}, ""};
  const auto service = identity_service(settings_);
  if (!service) return {Verdict::refused, service.error().detail, {}};
  const std::string id = new_request_id();
  HttpRequest request = identity_request(*service, settings_, "");
  request.headers.push_back({"client-request-id", id});
  auto response = client_.send(request);
  if (service->arc && response && response->status == 401) {
    auto authorization = arc_authorization(*response, settings_.arc_key_directory);
    if (!authorization) {
      return {Verdict::refused, authorization.error().detail + " (client-request-id " + id + ")", {}};
    }
    request.headers.push_back({"Authorization", std::move(*authorization)});
    response = client_.send(request);
  }
  TokenAnswer answer = take(response, id, now);
  if (!response && answer.verdict == Verdict::transient) {
    answer.error += service->arc ? " Azure Arc's agent (himds) does not answer: is it running?"
                                 : " managed_identity works on Azure's machines and on those that Azure Arc manages.";
  } else if (response && service->arc == false && (response->status == 404 || response->status == 410)) {
    answer.verdict = Verdict::transient;  // the service is being set up or updated
  }
  return answer;
}

TokenAnswer TokenSource::take(const parsers::Result<HttpResponse>& response, const std::string& id,
                              parsers::TimePoint now) {
  const std::string request_id = " (client-request-id " + id + ")";
  if (!response) {
    const bool stopped = std::string_view(response.error().code) == "stopped";
    return {stopped ? Verdict::stopped : Verdict::transient,
            "Asking for a token failed: " + response.error().detail + request_id,
            {}};
  }
  const Verdict verdict = judge(*response);
  if (verdict == Verdict::cut) {
    return {Verdict::transient, "Asking for a token failed: " + response->cut + request_id, {}};
  }
  if (response->status == 200) {
    auto token = parse_token(response->body, clock_(), now);
    if (!token) return {Verdict::transient, token.error().detail + request_id, {}};
    token_ = std::move(*token);
    return {Verdict::ok, "", {}};
  }
  // A 401 here is about the credential, not about a token.
  return {verdict == Verdict::unauthorized ? Verdict::refused : verdict,
          token_error(settings_.managed_identity ? Issuer::identity_service : Issuer::entra, *response, id, now),
          retry_after(*response, now)};
}

std::string new_request_id() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));  // on failure the id is merely not unique
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", bytes[i]);
    text += hex;
  }
  return text;
}

}  // namespace graph

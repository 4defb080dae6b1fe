#include "sensor/graph/token.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace graph {
namespace {

constexpr std::size_t kMaxSecretBytes = 4096;
constexpr std::chrono::seconds kLongestLifetime = std::chrono::hours(24);
constexpr std::chrono::seconds kEarlyRenewal = std::chrono::minutes(5);

struct File {
  explicit File(const std::string& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd;
};

parsers::Error unusable(const std::string& path, const char* why) {
  return {"secret_unusable", 0,
          "client_secret_file '" + path + "' " + why + ": it must hold the secret's value alone."};
}

std::int64_t whole_number(const boost::json::value* value) {
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  std::int64_t number = 0;
  if (const auto* text = value->if_string()) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace

parsers::Result<std::string> read_secret(const std::string& path) {
  if (path.empty()) {
    return parsers::Error{"secret_missing", 0,
                          "client_secret_file is not set: name the file that holds the client secret."};
  }
  const File file(path);
  struct stat status{};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) {
    return parsers::Error{"secret_missing", 0,
                          "could not read client_secret_file '" + path + "': " + std::strerror(errno) + "."};
  }
  if (!S_ISREG(status.st_mode)) return unusable(path, "is no regular file");
  if ((status.st_mode & S_IROTH) != 0) {
    return parsers::Error{"secret_open_to_all", 0,
                          "client_secret_file '" + path +
                              "' can be read by every user of this machine: chmod 600 it (or 640 " +
                              "with a group of its own), and consider the secret known."};
  }
  std::string secret(kMaxSecretBytes + 1, '\0');
  const auto got = ::read(file.fd, secret.data(), secret.size());
  if (got < 0) return unusable(path, "can't be read");
  if (static_cast<std::size_t>(got) > kMaxSecretBytes) return unusable(path, "is larger than 4 KiB");
  secret.resize(static_cast<std::size_t>(got));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return unusable(path, "is empty");
  if (std::any_of(secret.begin(), secret.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return unusable(path, "holds more than one line");
  }
  return secret;
}

std::string token_form(const Settings& settings, std::string_view secret) {
  std::string scope = settings.endpoint;
  while (scope.ends_with('/')) scope.pop_back();
  return "client_id=" + percent_encode(settings.client_id) + "&scope=" + percent_encode(scope + "/.default") +
         "&grant_type=client_credentials&client_secret=" + percent_encode(secret);
}

parsers::Result<Token> parse_token(std::string_view body, SteadyTime now) {
  boost::system::error_code error;
  const auto value = boost::json::parse({body.data(), body.size()}, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains("access_token");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  const bool fit_for_a_header = text != nullptr && !text->empty() &&
                                std::all_of(text->begin(), text->end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!fit_for_a_header) return parsers::Error{"no_token", 0, "Entra's answer holds no access token."};
  const auto lifetime = std::clamp(std::chrono::seconds(whole_number(object->if_contains("expires_in"))),
                                   std::chrono::seconds(0), kLongestLifetime);
  const auto early = std::min<std::chrono::milliseconds>(kEarlyRenewal, std::chrono::milliseconds(lifetime) / 10);
  return Token{std::string(text->data(), text->size()), now + lifetime - early};
}

TokenSource::TokenSource(const Settings& settings, Origin authority, HttpClient& client)
    : settings_(settings), authority_(std::move(authority)), client_(client) {}

TokenAnswer TokenSource::ensure(parsers::TimePoint now) {
  const auto steady = std::chrono::steady_clock::now();
  if (!token_.value.empty() && steady < token_.renew_at) return {Verdict::ok, "", {}};
  auto secret = read_secret(settings_.client_secret_file);
  if (!secret) return {Verdict::refused, secret.error().detail, {}};
  const std::string id = new_request_id();
  HttpRequest request{"POST",
                      authority_,
                      "/" + percent_encode(settings_.tenant_id) + "/oauth2/v2.0/token",
                      {{"Content-Type", "application/x-www-form-urlencoded"}, {"client-request-id", id}},
                      token_form(settings_, *secret)};
  const auto response = client_.send(request);
  OPENSSL_cleanse(secret->data(), secret->size());
  OPENSSL_cleanse(request.body.data(), request.body.size());
  if (!response) {
    const bool stopped = std::string_view(response.error().code) == "stopped";
    return {stopped ? Verdict::stopped : Verdict::transient,
            "Asking for a token failed: " + response.error().detail + " (client-request-id " + id + ")",
            {}};
  }
  const Verdict verdict = judge(*response);
  if (verdict == Verdict::cut) return {Verdict::transient, "Asking for a token failed: " + response->cut, {}};
  if (response->status == 200) {
    auto token = parse_token(response->body, steady);
    if (!token) return {Verdict::transient, token.error().detail + " (client-request-id " + id + ")", {}};
    token_ = std::move(*token);
    return {Verdict::ok, "", {}};
  }
  // A 401 here is about the secret, not about a token.
  return {verdict == Verdict::unauthorized ? Verdict::refused : verdict, token_error(*response, id),
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

// [graph] of the configuration, as values.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace graph {

struct FeedSettings {
  bool enabled = true;
  std::chrono::milliseconds interval{60'000};
  std::chrono::milliseconds overlap{0};
  std::chrono::milliseconds backfill{0};
  bool non_interactive = true;         // sign-ins: also poll beta for non-interactive ones
  unsigned requests_per_minute = 60;   // of this application to this API, paced by a token bucket
  std::chrono::milliseconds sweep{0};  // every 60 intervals so much is read again; not beyond the overlap: never
};

// Limits and paces without a configuration key; tests make them small.
struct Limits {
  std::size_t page_size = 1000;                     // the most that either feed gives at once
  std::size_t body_bytes = std::size_t{64} << 20;   // alerts with much evidence are large; 1000 of them stay below this
  std::chrono::milliseconds connect_time{15'000};   // each of: name look-up, connecting, TLS handshake, sending
  std::chrono::milliseconds answer_time{120'000};   // until the answer's header; Graph itself gives up after 300 s
  std::chrono::milliseconds body_time{300'000};     // until the answer's last byte
  std::chrono::milliseconds retry_base{1'000};      // the first wait after a failure, doubled each time
  std::chrono::milliseconds retry_cap{5 * 60'000};  // the longest such wait
};

struct Settings {
  std::string cloud = "global";
  std::string authority;  // "https://login.microsoftonline.com"
  std::string endpoint;   // "https://graph.microsoft.com"
  std::string tenant_id;  // empty: nothing is polled
  std::string client_id;  // with a managed identity: which user-assigned one; empty: the system-assigned one
  // One of these three; paths are resolved.
  std::string client_secret_file;
  std::string certificate_file, private_key_file;  // PEM; an empty key: it stands in certificate_file too
  bool managed_identity = false;
  std::string ca_file;                 // empty: the system's roots
  std::string proxy;                   // "http://host:port"; empty: the environment's
  std::string proxy_credentials_file;  // one line, "user:password"
  std::string imds = "http://169.254.169.254";
  std::string arc;  // empty: $IDENTITY_ENDPOINT, where Azure Arc's agent says that it listens, or its usual place
  std::string arc_agent = "/opt/azcmagent/bin/himds";  // where this is installed, the machine is Arc's
  std::string arc_key_directory = "/var/opt/azcmagent/tokens";
  // Microsoft allows 150 requests a minute to security/alerts_v2 and 5 in 10 s to auditLogs, for each application and
  // tenant (learn.microsoft.com/graph/throttling-limits); these leave room for others.
  FeedSettings alerts{true, std::chrono::minutes(1), std::chrono::minutes(30), std::chrono::hours(24 * 7), false,
                      100,  std::chrono::hours(24)};
  FeedSettings signins{true, std::chrono::minutes(1), std::chrono::hours(2), std::chrono::hours(24), true,
                       15,   std::chrono::hours(24)};
  FeedSettings users{false, std::chrono::hours(1), {}, {}, false, 60};
  Limits limits;
};

}  // namespace graph

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
  bool non_interactive = true;  // sign-ins: also poll beta for non-interactive ones
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
  std::string authority;  // "https://login.microsoftonline.com"
  std::string endpoint;   // "https://graph.microsoft.com"
  std::string tenant_id;  // empty: nothing is polled
  std::string client_id;
  std::string client_secret_file;  // resolved path
  std::string ca_file;             // empty: the system's roots
  std::string proxy;
  FeedSettings alerts{true, std::chrono::minutes(1), std::chrono::minutes(30), std::chrono::hours(24 * 7), false};
  FeedSettings signins{true, std::chrono::minutes(1), std::chrono::hours(2), std::chrono::hours(24), true};
  Limits limits;
};

}  // namespace graph

// [graph] of the configuration, as values.
#pragma once

#include <chrono>
#include <string>

namespace graph {

struct FeedSettings {
  bool enabled = true;
  std::chrono::milliseconds interval{60'000};
  std::chrono::milliseconds overlap{0};
  std::chrono::milliseconds backfill{0};
  bool non_interactive = true;  // sign-ins: also poll beta for non-interactive ones
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
};

}  // namespace graph

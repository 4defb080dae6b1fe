// The configuration as values: contract/lurewatch.toml key by key, defaults included.
#pragma once

#include <cctz/time_zone.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "parsers/time.h"
#include "sensor/graph/settings.h"

namespace config {

enum class Transport { udp, tcp };
const char* to_string(Transport transport);

struct Listen {
  std::string name;
  Transport transport = Transport::udp;
  std::string host = "0.0.0.0";  // without brackets
  std::uint16_t port = 514;
  std::vector<std::string> allow;  // CIDRs, each checked; empty: any peer
  std::string timezone = "UTC";
  cctz::time_zone zone = cctz::utc_time_zone();
  std::uint64_t max_message_bytes = 64 * 1024;

  std::string address() const;  // "0.0.0.0:514", "[::]:514"
};

struct Config {
  std::string file;  // where it was read from; empty for the built-in defaults
  std::string text;  // as read

  struct {
    std::string directory = "/var/lib/lurewatch";
    parsers::Duration retention = std::chrono::hours(24 * 30);
    std::uint64_t quota_bytes = 50ull << 30;
    parsers::Duration commit_interval = std::chrono::milliseconds(250);
  } storage;

  std::vector<Listen> listen;
  graph::Settings graph;

  struct {
    std::map<std::string, std::string> domains;
    std::string map_file;
  } identity;

  struct {
    std::vector<std::string> shared_ranges;
    std::string asn_database;  // a file; empty: none
  } network;

  struct {
    parsers::Duration window = std::chrono::hours(6);
    parsers::Duration click_lookback = std::chrono::hours(48);
    std::vector<std::string> titles;
    double minimum_confidence = 0.5;
  } correlation;

  struct {
    std::string directory = "/var/log/lurewatch";
    std::uint64_t rotate_bytes = 64ull << 20;
  } alerts;

  struct {
    std::string socket = "/run/lurewatch/lurewatch.sock";
  } status;
};

inline constexpr const char* kDefaultFile = "/etc/lurewatch/lurewatch.toml";

}  // namespace config

// The configuration as values: contract/lurewatch.toml key by key, defaults included.
#pragma once

#include <cctz/time_zone.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "parsers/time.h"
#include "sensor/findings/formats.h"
#include "sensor/graph/settings.h"

namespace config {

inline constexpr const char* kDefaultExclusions = "/etc/lurewatch/exclusions.d";

// tap is no transport to choose: it is what an input of [[tap]] has.
enum class Transport { udp, tcp, tls, relp, unix_dgram, unix_stream, tap };
inline constexpr std::array kTransports = {Transport::udp,  Transport::tcp,        Transport::tls,
                                           Transport::relp, Transport::unix_dgram, Transport::unix_stream};
const char* to_string(Transport transport);
inline bool is_unix(Transport transport) {
  return transport == Transport::unix_dgram || transport == Transport::unix_stream;
}
inline bool is_datagram(Transport transport) {
  return transport == Transport::udp || transport == Transport::unix_dgram;
}

inline constexpr const char* kDefaultFilter = "udp port 514 or tcp port 514";

// One input: of [[listen]], or with transport tap of [[tap]].
struct Listen {
  std::string name;
  Transport transport = Transport::udp;
  std::string host = "0.0.0.0";  // without brackets
  std::uint16_t port = 514;
  std::string path;                // unix-*: the socket's file; host and port mean nothing then
  std::vector<std::string> allow;  // CIDRs, each checked; empty: any peer
  std::string timezone = "UTC";
  cctz::time_zone zone = cctz::utc_time_zone();
  std::uint64_t max_message_bytes = 64 * 1024;

  // Stream transports.
  std::uint64_t max_connections = 1024;
  std::uint64_t max_connections_per_peer = 128;                  // of one address; unix-stream has no addresses
  std::chrono::seconds idle_timeout = std::chrono::hours(24);    // a silent peer's connection lasts this long
  std::chrono::seconds frame_timeout = std::chrono::minutes(1);  // and one that stopped inside a message this long

  // tls, and relp when `certificate` is set. PEM files; client_ca: peers must show a certificate that it signed.
  std::string certificate, private_key, client_ca;

  std::uint64_t receive_buffer_bytes = 32u << 20;  // udp: asked of the kernel
  unsigned socket_mode = 0666;                     // unix-*: permissions of the file

  // tap. `max_message_bytes`, `idle_timeout`, `allow` and the time zone mean the same as above.
  std::string interface;  // "any": all of them
  std::string filter = kDefaultFilter;
  bool both_directions = false;
  bool promiscuous = false;
  std::uint64_t capture_buffer_bytes = 32u << 20;  // of the kernel
  std::uint64_t reassembly_bytes = 32u << 20;      // at most, for pieces, early segments and half messages
  std::uint64_t max_streams = 4096;                // TCP connections followed at once, each direction one

  bool has_tls() const { return !certificate.empty(); }
  std::string address() const;  // "0.0.0.0:514", "[::]:514", "/run/lurewatch/log"
  bool operator==(const Listen&) const = default;
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

  std::vector<Listen> listen;  // those of [[tap]] last
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
    std::string exclusions = kDefaultExclusions;
    std::vector<std::string> service_sources, categories;  // alerts of these count whatever their title
    double minimum_confidence = 0.5;
  } correlation;

  struct {
    std::string directory = "/var/log/lurewatch";
    std::vector<findings::Format> formats = {findings::Format::json};
    std::uint64_t rotate_bytes = 64ull << 20;
  } alerts;

  struct {
    std::string socket = "/run/lurewatch/lurewatch.sock";
    std::string metrics_host;  // a loopback address, without brackets; empty: no metrics are served
    std::uint16_t metrics_port = 0;
  } status;
};

inline constexpr const char* kDefaultFile = "/etc/lurewatch/lurewatch.toml";

}  // namespace config

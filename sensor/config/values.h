// The texts of the configuration that stand for values: durations, sizes, addresses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/time.h"

namespace config {

// "250ms" "30s" "5m" "6h" "30d": a whole number and one unit.
std::optional<parsers::Duration> parse_duration(std::string_view text);
std::string format_duration(parsers::Duration duration);  // the largest unit that divides it

// "64KiB" "64MiB" "50GiB" "2TiB", or plain bytes "4096B"; powers of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);  // "1.4 GiB", for people

// "host:port" or "[v6]:port"; the host is a literal address.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
std::optional<HostPort> parse_host_port(std::string_view text);

}  // namespace config

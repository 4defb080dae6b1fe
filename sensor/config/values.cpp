#include "sensor/config/values.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: format_duration takes the first that divides.
constexpr std::array<Unit, 5> kDurations = {
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}}};
constexpr std::array<Unit, 5> kSizes = {
    {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}}};

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (unit.name != suffix) continue;
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (number > kMost / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<parsers::Duration> parse_duration(std::string_view text) {
  const auto micros = parse_with_unit(text, kDurations);
  if (!micros) return std::nullopt;
  return parsers::Duration(static_cast<std::int64_t>(*micros));
}

std::string format_duration(parsers::Duration duration) {
  const auto micros = static_cast<std::uint64_t>(duration.count());
  for (const Unit& unit : kDurations) {
    if (micros >= unit.factor && micros % unit.factor == 0) return fmt::format("{}{}", micros / unit.factor, unit.name);
  }
  return fmt::format("{}ms", micros / 1000);
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_with_unit(text, kSizes); }

std::string format_size(std::uint64_t bytes) {
  for (const Unit& unit : kSizes) {
    if (bytes < unit.factor) continue;
    if (unit.factor == 1) break;
    return fmt::format("{:.1f} {}", static_cast<double>(bytes) / static_cast<double>(unit.factor), unit.name);
  }
  return fmt::format("{} B", bytes);
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  int family = AF_INET;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    family = AF_INET6;
  }
  HostPort result{std::string(host), 0};
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  if (inet_pton(family, result.host.c_str(), ignored.data()) != 1) return std::nullopt;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), result.port);
  if (error != std::errc{} || end != port_text.data() + port_text.size()) return std::nullopt;
  return result;
}

}  // namespace config

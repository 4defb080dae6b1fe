#include "parsers/timestamp.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "parsers/ascii.h"
#include "parsers/time_text.h"

namespace parsers {
namespace {

constexpr ByteSet kBlankAndQuotes = ByteSet(" \t\r\n\"'");

// No date begins with more digits than a year has.
bool begins_with_epoch(std::string_view text) {
  constexpr std::size_t kMoreThanAYear = 5;
  return text.size() >= kMoreThanAYear && std::all_of(text.begin(), text.begin() + kMoreThanAYear, is_digit);
}

// 1e9 seconds is 2001 and 1e10 is 2286, so each unit has its own number of digits.
std::optional<TimePoint> parse_epoch(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const auto length = static_cast<std::size_t>(end - digits.data());
  const bool has_fraction = length < digits.size() && *end == '.';
  if (error != std::errc{} || (length != digits.size() && !has_fraction)) return std::nullopt;
  switch (length) {
    case 10: {
      std::int64_t micros = 0;
      std::int64_t scale = 100000;
      for (std::size_t i = length + 1; i < digits.size(); ++i, scale /= 10) {
        if (digits[i] < '0' || digits[i] > '9') return std::nullopt;
        micros += (digits[i] - '0') * scale;
      }
      return from_micros(value * 1000000 + micros);
    }
    case 13:
      return from_micros(value * 1000);
    case 16:
      return from_micros(value);
    case 19:
      return from_micros(value / 1000);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<TimePoint> parse_device_time(std::string_view text, TimePoint received, const cctz::time_zone& zone,
                                           Flags& flags) {
  const std::string_view trimmed = kBlankAndQuotes.trim(text);
  if (trimmed.empty()) return std::nullopt;
  if (begins_with_epoch(trimmed)) return parse_epoch(trimmed);
  const auto found = scan_time(trimmed);
  if (!found) {
    if (is_digit(trimmed[0])) return parse_epoch(trimmed);
    return std::nullopt;
  }
  Flags inferred;
  const auto time = resolve_time(*found, received, zone, inferred);
  if (!time) return std::nullopt;
  flags.merge(inferred);
  return *time;
}

Result<cctz::time_zone> load_zone(std::string_view name) {
  if (!name.empty() && (name[0] == '+' || name[0] == '-')) {
    const auto probe = scan_iso_time("2000-01-01T00:00:00" + std::string{name});
    if (probe && probe->offset && probe->length == 19 + name.size()) return cctz::fixed_time_zone(*probe->offset);
    return Error{"unknown_zone", 0, "an offset is written +hh:mm or -hh:mm"};
  }
  cctz::time_zone zone;
  // cctz reads the system's zone files by path; a name may not lead out of that folder.
  const bool is_plain = !name.empty() && name[0] != '/' && name.find("..") == std::string_view::npos &&
                        name.find('\0') == std::string_view::npos;
  if (!is_plain || !cctz::load_time_zone(std::string{name}, &zone)) {
    return Error{"unknown_zone", 0, "no such time zone on this system: " + std::string{name}};
  }
  return zone;
}

}  // namespace parsers

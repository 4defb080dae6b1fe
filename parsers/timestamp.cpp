#include "parsers/timestamp.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "parsers/ascii.h"
#include "parsers/time_text.h"
#include "parsers/words.h"

namespace parsers {
namespace {

constexpr ByteSet kBlankAndQuotes = ByteSet(" \t\r\n\"'");

// No date begins with more digits than a year has.
bool begins_with_epoch(std::string_view text) {
  constexpr std::size_t kMoreThanAYear = 5;
  return text.size() >= kMoreThanAYear && std::all_of(text.begin(), text.begin() + kMoreThanAYear, is_digit);
}

// Takes up to kMostDigits digits at the front of `text`, eight at once where there are so many.
constexpr std::size_t kMostDigits = 19;
std::uint64_t take_digits(std::string_view text, std::size_t& length) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  const std::size_t end = std::min(text.size(), kMostDigits);
  std::uint64_t value = 0;
  std::size_t at = 0;
  for (; at + 8 <= end; at += 8) {
    const std::uint64_t digits = load_number<std::uint64_t>(text.data() + at) ^ '0' * kOnes;
    if (((((digits & 0x7f * kOnes) + (0x80 - 10) * kOnes) | digits) & 0x80 * kOnes) != 0) break;
    // Of two neighbours each: numbers of two digits, of four, of eight.
    const std::uint64_t twos = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ffu;
    const std::uint64_t fours = (twos * 100 + (twos >> 16)) & 0x0000ffff0000ffffu;
    value = value * 100'000'000 + ((fours * 10'000 + (fours >> 32)) & 0xffffffffu);
  }
  for (; at < end && is_digit(text[at]); ++at) value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
  length = at;
  return value;
}

// 1e9 seconds is 2001 and 1e10 is 2286, so each unit has its own number of digits.
std::optional<TimePoint> parse_epoch(std::string_view digits) {
  std::size_t length = 0;
  const std::uint64_t number = take_digits(digits, length);
  if (length < digits.size() && digits[length] != '.') return std::nullopt;
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  const auto value = static_cast<std::int64_t>(number);
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

#include "sensor/commands/time_argument.h"

#include <fmt/format.h>

#include "sensor/config/values.h"

namespace commands {

std::optional<parsers::TimePoint> parse_time_argument(std::string_view text, parsers::TimePoint now) {
  constexpr std::size_t kDateSize = 10;  // 2026-11-24
  if (const auto ago = config::parse_duration(text)) return now - *ago;
  const std::string whole = text.size() == kDateSize ? std::string(text) + "T00:00:00Z" : std::string(text);
  const auto time = parsers::parse_rfc3339(whole);
  return time ? std::optional(*time) : std::nullopt;
}

bool take_time(std::string_view option, std::string_view text, parsers::TimePoint otherwise, parsers::TimePoint now,
               parsers::TimePoint& time) {
  const auto parsed = text.empty() ? std::optional(otherwise) : parse_time_argument(text, now);
  if (!parsed)
    fmt::print(stderr, "{} {}: no time; write 2026-11-24T09:00:00Z, 2026-11-24, or how long ago: 6h, 30d\n", option,
               text);
  time = parsed.value_or(otherwise);
  return parsed.has_value();
}

}  // namespace commands

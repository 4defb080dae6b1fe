#include "sensor/commands/time_argument.h"

#include <fmt/format.h>

#include "sensor/query/condition.h"

namespace commands {

std::optional<parsers::TimePoint> parse_time_argument(std::string_view text, parsers::TimePoint now) {
  const auto time = query::parse_time(text, now);
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

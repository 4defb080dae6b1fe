// Times as a person gives them to a command: RFC 3339, a date (its beginning, UTC), or how long ago ("6h", "30d").
#pragma once

#include <optional>
#include <string_view>

#include "parsers/time.h"

namespace commands {

std::optional<parsers::TimePoint> parse_time_argument(std::string_view text, parsers::TimePoint now);

// As parse_time_argument; empty text is `otherwise`. False after a sentence on standard error that names the option.
bool take_time(std::string_view option, std::string_view text, parsers::TimePoint otherwise, parsers::TimePoint now,
               parsers::TimePoint& time);

}  // namespace commands

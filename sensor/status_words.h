// The words of `status`: values as JSON, and JSON as a person reads it.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/time.h"

namespace sensor::words {

boost::json::value time_or_null(std::optional<parsers::TimePoint> time);
boost::json::value text_or_null(const std::string& text);

// As a person reads it: "-" for null, nothing that a terminal would obey.
std::string text(const boost::json::value& value);
std::uint64_t number(const boost::json::value& value);  // 0 when it is none
// A sentence with a number in it: "{n}" is the number, "{s}" makes a noun plural, "{are}" is "is" for one.
std::string counted(std::string_view sentence, std::uint64_t n);
// "3 min ago", "in 5 s", "never".
std::string age(const boost::json::value& time, parsers::TimePoint now);

}  // namespace sensor::words

// Reads a line of alerts.jsonl back. What is missing or of another type reads as empty: a line may be of an older
// version.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/time.h"

namespace findings {

// Empty when the line is no JSON object.
boost::json::object parse_line(std::string_view line);

// Views and references point into `object`.
std::string_view text_of(const boost::json::object& object, std::string_view key);
double number_of(const boost::json::object& object, std::string_view key);
bool truth_of(const boost::json::object& object, std::string_view key);
const boost::json::object& child_of(const boost::json::object& object, std::string_view key);
std::vector<const boost::json::object*> rows_of(const boost::json::object& object, std::string_view key);
std::vector<std::string_view> texts_of(const boost::json::object& object, std::string_view key);
std::int64_t millis_of(const boost::json::object& object, std::string_view key);  // since 1970; 0 when unreadable

}  // namespace findings

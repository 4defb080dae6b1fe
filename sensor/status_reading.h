// Reading what `status --json` gives, which may come from another version: what is missing or of another kind is empty.
// References live as long as the value.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/time.h"

namespace sensor::reading {

inline const boost::json::value& at(const boost::json::object& object, std::string_view key) {
  static const boost::json::value nothing;
  const boost::json::value* found = object.if_contains(key);
  return found ? *found : nothing;
}

inline const boost::json::object& object(const boost::json::value& value) {
  static const boost::json::object nothing;
  return value.is_object() ? value.as_object() : nothing;
}

inline const boost::json::array& array(const boost::json::value& value) {
  static const boost::json::array nothing;
  return value.is_array() ? value.as_array() : nothing;
}

inline std::string text(const boost::json::value& value) {
  if (value.is_null()) return {};
  return value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value);
}

inline double number(const boost::json::value& value) { return value.is_number() ? value.to_number<double>() : 0; }

inline std::optional<parsers::TimePoint> time(const boost::json::value& value) {
  if (!value.is_string()) return std::nullopt;
  const auto parsed = parsers::parse_rfc3339(value.as_string());
  return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace sensor::reading

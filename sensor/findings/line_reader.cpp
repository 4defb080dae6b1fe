#include "sensor/findings/line_reader.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <utility>

namespace findings {

namespace json = boost::json;

namespace {

const json::value* find(const json::object& object, std::string_view key) {
  return object.if_contains(json::string_view(key.data(), key.size()));
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

}  // namespace

json::object parse_line(std::string_view line) {
  boost::system::error_code failure;
  json::value value = json::parse(json::string_view(line.data(), line.size()), failure);
  return !failure && value.is_object() ? std::move(value.get_object()) : json::object();
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  return value != nullptr && value->is_string() ? view(value->get_string()) : std::string_view();
}

double number_of(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  boost::system::error_code failure;
  const double read = value == nullptr ? 0 : value->to_number<double>(failure);
  return failure ? 0 : read;
}

bool truth_of(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object& child_of(const json::object& object, std::string_view key) {
  static const json::object nothing;
  const json::value* value = find(object, key);
  return value != nullptr && value->is_object() ? value->get_object() : nothing;
}

std::vector<const json::object*> rows_of(const json::object& object, std::string_view key) {
  std::vector<const json::object*> rows;
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_array()) return rows;
  for (const json::value& row : value->get_array())
    if (row.is_object()) rows.push_back(&row.get_object());
  return rows;
}

std::vector<std::string_view> texts_of(const json::object& object, std::string_view key) {
  std::vector<std::string_view> texts;
  const json::value* value = find(object, key);
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& text : value->get_array())
    if (text.is_string()) texts.push_back(view(text.get_string()));
  return texts;
}

std::int64_t millis_of(const json::object& object, std::string_view key) {
  const auto time = parsers::parse_rfc3339(text_of(object, key));
  return time ? std::chrono::floor<std::chrono::milliseconds>(time->time_since_epoch()).count() : 0;
}

}  // namespace findings

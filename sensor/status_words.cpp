#include "sensor/status_words.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <chrono>

#include "sensor/findings/text.h"
#include "sensor/status_reading.h"

namespace sensor::words {

namespace json = boost::json;

json::value time_or_null(std::optional<parsers::TimePoint> time) {
  return time ? json::value(parsers::format_rfc3339(*time)) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

std::string text(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_double()) return fmt::format("{:.2f}", value.as_double());
  return value.is_string() ? findings::printable(value.as_string()) : json::serialize(value);
}

std::uint64_t number(const json::value& value) { return value.is_number() ? value.to_number<std::uint64_t>() : 0; }

std::string counted(std::string_view sentence, std::uint64_t n) {
  const bool is_one = n == 1;
  return fmt::format(fmt::runtime(sentence), fmt::arg("n", n), fmt::arg("s", is_one ? "" : "s"),
                     fmt::arg("are", is_one ? "is" : "are"));
}

std::string age(const json::value& time, parsers::TimePoint now) {
  const auto parsed = reading::time(time);
  if (!parsed) return "never";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *parsed).count();
  if (seconds < 0) return fmt::format("in {} s", -seconds);
  if (seconds < 120) return fmt::format("{} s ago", seconds);
  if (seconds < 7200) return fmt::format("{} min ago", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h ago", seconds / 3600);
  return fmt::format("{} days ago", seconds / 86'400);
}

}  // namespace sensor::words

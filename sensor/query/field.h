// The names that a query understands: every column of CommonSecurityLog, and the event's own fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/query/message.h"

namespace query {

enum class Kind { text, integer, real, time };

// What has to be done to a message before the value is known, cheapest first.
enum class Cost { index, bytes, columns, event };

class Field {
 public:
  std::string_view name() const;
  Kind kind() const;
  Cost cost() const;

  // The value as text, a time as RFC 3339; empty when it is not set. `address` has two, the source's and the
  // destination's; every other field has one.
  std::size_t value_count() const;
  std::string value(Message& message, std::size_t which = 0) const;

  // For fields of Kind::time.
  std::optional<parsers::TimePoint> time(Message& message) const;

  // Whether every run of printable ASCII in the value, without blanks and \ = | " ; , stands in the message as well.
  bool is_verbatim() const;

  bool operator==(const Field&) const = default;

 private:
  friend std::optional<Field> find_field(std::string_view);
  bool is_column_ = false;
  std::size_t place_ = 0;  // in the table of columns, or of the event's fields
};

// By the exact name; columns are spelled as Microsoft spells them.
std::optional<Field> find_field(std::string_view name);

std::vector<std::string_view> event_field_names();
std::vector<std::string_view> field_names();  // both

}  // namespace query

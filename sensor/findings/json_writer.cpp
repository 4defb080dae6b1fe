#include "sensor/findings/json_writer.h"

#include <array>
#include <charconv>

namespace findings {

void JsonWriter::two_decimals(std::string_view key, double value) {
  name(key);
  std::array<char, 32> digits{};
  const auto [end, failure] =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 2);
  out_.append(digits.data(), failure == std::errc{} ? end : digits.data());
}

}  // namespace findings

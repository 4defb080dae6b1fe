#include "parsers/percent.h"

namespace parsers {

void append_percent_encoded(unsigned char byte, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const char triplet[] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  out.append(triplet, sizeof triplet);
}

void append_percent_decoded(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = percent_value(text, i);
    out += value < 0 ? text[i] : static_cast<char>(value);
    if (value >= 0) i += 2;
  }
}

}  // namespace parsers

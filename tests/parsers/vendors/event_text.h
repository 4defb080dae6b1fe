// An event as text for people: the golden files of tests/golden/vendors, and failure messages.
#pragma once

#include <string>

#include "parsers/normalise.h"
#include "tests/parsers/vendors/reading.h"

namespace reading {

// Control characters as \xNN, so that an event is always the same number of lines.
inline std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return out;
}

inline constexpr std::size_t kValueColumn = 12;

inline std::string event_text(const parsers::Normalised& read) {
  std::string out;
  const auto line = [&](std::string_view key, std::string_view value) {
    out.append(key);
    if (!value.empty()) out.append(kValueColumn - key.size(), ' ').append(printable(value));
    out.append("\n");
  };
  if (read.error) line("error", read.error->code);
  if (read.has_event) {
    const parsers::Event& event = read.event;
    line("time", parsers::format_rfc3339(event.time));
    line("vendor", parsers::to_string(event.vendor));
    line("product", event.product);
    line("user", event.user);
    line("account", event.account);
    line("user_match", parsers::to_string(event.user_match));
    line("user_raw", event.user_raw);
    line("url", url_of(event));
    line("url_raw", event.url_raw);
    line("source", event.source_address);
    line("destination", event.destination_address);
    line("action", event.action);
    line("outcome", parsers::to_string(event.outcome));
  } else if (!read.error) {
    line("event", "none");
  }
  line("flags", names(read.flags));
  return out;
}

}  // namespace reading

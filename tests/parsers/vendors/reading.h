// One message through normalise(), for the tables of the vendors' tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "parsers/normalise.h"

namespace reading {

// 2024-06-15T12:00:00Z
inline constexpr parsers::TimePoint kReceived = parsers::from_micros(1'718'452'800'000'000);

inline const parsers::IdentityMap& identity() {
  static const parsers::IdentityMap map = [] {
    parsers::IdentityMap built;
    built.add_domain("CONTOSO", "contoso.com");
    built.add_name("EXAMPLE CAROL", "carol@contoso.com");
    built.add_name("CORP0025465", "dave@contoso.com");
    built.add_name("2195246850", "grace@contoso.com");
    return built;
  }();
  return map;
}

inline parsers::NormaliseContext context() {
  return {.received = kReceived, .zone = cctz::utc_time_zone(), .identity = &identity()};
}

// With the line it was read of: syslog and CEF fields are views of that.
struct Reading : parsers::Normalised {
  std::unique_ptr<const std::string> line;
};

inline Reading read(std::string_view line) {
  Reading out;
  out.line = std::make_unique<const std::string>(line);
  parsers::normalise(*out.line, context(), out);
  return out;
}

// `line` with `text` in place of the word `place`, which it has.
inline std::string with_text(std::string line, std::string_view place, std::string_view text) {
  return line.replace(line.find(place), place.size(), text);
}

inline std::string names(parsers::Flags flags) {
  std::string text;
  for (const std::string_view name : flags.names()) text.append(text.empty() ? "" : " ").append(name);
  return text;
}

inline std::string url_of(const parsers::Event& event) { return event.has_url ? event.url.canonical() : ""; }

}  // namespace reading

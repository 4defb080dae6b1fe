// The normalised event: who reached which URL at which address, and what the device did about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/flags.h"
#include "parsers/identity.h"
#include "parsers/time.h"
#include "parsers/url.h"

namespace parsers {

enum class Vendor : std::uint8_t { unknown, paloalto, fortinet, checkpoint, zscaler };
const char* to_string(Vendor vendor);  // "Palo Alto Networks", "Fortinet", "Check Point", "Zscaler", "unknown"

enum class Outcome : std::uint8_t { unknown, allowed, warned, blocked };
const char* to_string(Outcome outcome);

inline constexpr Duration kMaxClockAhead = std::chrono::hours(24);

// Strings keep their capacity from one message to the next; nothing here points into the message.
struct Event {
  // The device's, else the header's, else the time received; UTC. A time more than kMaxClockAhead after receipt is a
  // wrong clock and not believed: the next one in that order stands here, and Flag::future_time says so.
  TimePoint time{};
  Vendor vendor = Vendor::unknown;
  std::string product;   // DeviceProduct as sent
  std::string user;      // user principal name, lower case; empty when none is known
  std::string account;   // lower case account when there is no UPN, or the UPN's part before '@'
  std::string user_raw;  // as the device wrote it, unescaped
  UserMatch user_match = UserMatch::none;
  bool has_url = false;
  Url url;
  std::string url_raw;         // as the device wrote it, unescaped
  std::string source_address;  // canonical text: dotted IPv4, or RFC 5952 IPv6; empty when unreadable
  std::string destination_address;
  std::string action;  // as sent, unescaped
  Outcome outcome = Outcome::unknown;
  // The same for every copy and every update of one log record, stable across versions: of several messages with one
  // key the last received counts. 0: not known. How each vendor's is made: parsers/vendors/README.md.
  std::uint64_t record_key = 0;
  Flags flags;

  void clear();
};

// An address in canonical text (RFC 5952; IPv4-mapped IPv6 becomes IPv4; zone, brackets and a bar behind dropped);
// empty when `text` is no address or is the unspecified one ("0.0.0.0", "::").
std::string canonical_address(std::string_view text);
// The same into a string that keeps its capacity; whether `text` is an address.
bool canonical_address(std::string_view text, std::string& out);

}  // namespace parsers

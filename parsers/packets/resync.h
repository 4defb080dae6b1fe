// Where a message begins in a stream of syslog whose beginning was not seen (RFC 6587 framing; parsers/frame.h reads on
// from there). What stands before it is the end of a message, and must not be read as one: a client's text in it may
// look like a row of the device.
//
// A message begins behind a delimiter (LF, NUL) or with the bytes that the sender handed to TCP at once, where it
// begins like one: "<PRI>", "count <PRI>", "CEF:", a month, a date. Elsewhere only a counted frame is told: by its
// count, which must lead to the end of the bytes or to another frame.
#pragma once

#include <cstddef>
#include <string_view>

namespace parsers {

// False also where too few bytes are there to tell.
bool begins_like_message(std::string_view bytes);

struct MessageStart {
  bool is_found = false;
  std::size_t at = 0;  // found: there; else what is before it is not needed to go on looking
};
MessageStart find_message_start(std::string_view bytes);

}  // namespace parsers

// Where a message begins in a stream of syslog whose beginning was not seen (RFC 6587 framing; parsers/frame.h reads on
// from there). What stands before it is the end of a message, and must not be read as one: a client's text in it may
// look like a row of the device.
//
// A message begins behind a delimiter (LF, NUL) where it begins like one: "<PRI>", "count <PRI>", "CEF:", a month, a date.
// Elsewhere only a counted frame is told: by its count, which must lead to the end of the bytes or to another frame. The
// first segment that is seen may begin with a message too, for most senders hand each message to TCP by itself.
#pragma once

#include <cstddef>
#include <string_view>

namespace parsers {

// Of the first segment. A count there may have lost its first digits, so it is none. False also where too few bytes are
// there to tell.
bool begins_segment(std::string_view bytes);

struct MessageStart {
  bool is_found = false;
  std::size_t at = 0;  // found: there; else what is before it is not needed to go on looking
};
MessageStart find_message_start(std::string_view bytes);

}  // namespace parsers

// Which log record a message is, so that one that comes again is known: a feed that sends the last minutes twice, two
// members of a cluster, a relay that repeats itself, an update of the same connection.
#pragma once

#include <initializer_list>
#include <string_view>

#include "parsers/vendors/fields.h"

namespace parsers::vendors {

// Event::record_key from `parts`, each the first of its keys that says something, when all of them do: the vendor's own
// identity of a record. `space` is a text that tells apart what the vendor numbers apart. Otherwise from the message
// behind its syslog header, byte for byte, and from the time when only the header names it. Call after fill_time().
void fill_record_key(Work& work, std::initializer_list<Keys> parts, std::string_view space = {});

}  // namespace parsers::vendors

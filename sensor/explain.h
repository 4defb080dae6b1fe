// One message through every step of its road: what `explain` prints; contract/commands.md, `explain --json`.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "parsers/frame.h"
#include "parsers/normalise.h"

namespace sensor {

boost::json::object explain_json(std::string_view input, parsers::Framing framing, std::string_view message,
                                 const parsers::NormaliseContext& context);

// Parts of it, of a message that is read already: its row of CommonSecurityLog, and its event.
boost::json::object columns_json(const parsers::Normalised& read, parsers::TimePoint received);
// `severity` is that of the CEF header; it comes out in the vendor's words.
boost::json::object event_json(const parsers::Event& event, std::string_view severity);

// The same for a person. Control characters are escaped.
std::string explain_text(const boost::json::object& explained);

}  // namespace sensor

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

// The same for a person. Control characters are escaped.
std::string explain_text(const boost::json::object& explained);

}  // namespace sensor

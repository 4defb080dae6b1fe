// Text that looks like fields inside the value of one: in quotes, or encoded.
#pragma once

#include <string_view>

#include "parsers/cef_fields.h"
#include "parsers/cef_layout.h"
#include "parsers/flags.h"

namespace parsers {

// A value of a key that a client controls (parsers/cef_doubt.h) that opens a quote and does not close it.
bool has_open_quote(const CefField& field);

// Gives fields that were cut out of a quoted value back to it.
void join_quoted_values(CefFields& fields, const Layout& layout, Flags& flags);

// Whether a value holds, in some encoding, a blank, a known key and '='.
bool looks_like_embedded_field(std::string_view raw);

}  // namespace parsers

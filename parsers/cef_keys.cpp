#include "parsers/cef_keys.h"

#include "parsers/cef_key_table.h"

namespace parsers {

CefKey find_cef_key(std::string_view key) { return key_table::find(key); }

std::string_view to_string(CefKey key) { return key_table::kNames[static_cast<std::size_t>(key)]; }

}  // namespace parsers

// Text of unknown encoding: UTF-8 where it is valid, else read as Latin-1.
#pragma once

#include <string>
#include <string_view>

namespace parsers {

bool is_ascii(std::string_view text);
bool is_utf8(std::string_view text);

// `text` itself where it is UTF-8; otherwise each byte that is part of no valid sequence is taken as Latin-1.
std::string to_utf8(std::string_view text);

}  // namespace parsers

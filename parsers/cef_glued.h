// Keys that lost the blank in front of them: Palo Alto's templates come out of a PDF whose lines end without one.
#pragma once

#include <cstddef>
#include <string_view>

namespace parsers {

// Where a key of the vendor's templates begins in `token`, the text between the last blank and '=' ("sshcs3Label");
// npos when there is none or when nothing stands in front of it. Only long names count: "act" ends "contact" too.
std::size_t find_glued_key(std::string_view token);

}  // namespace parsers

// Reads files that hold secrets, and refuses those that every user of this machine can read.
//
// Errors, with a sentence that names `key` and the path but never the content: secret_missing, secret_open_to_all,
// secret_unusable (empty, too large, no regular file, several lines where one is wanted).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "parsers/result.h"

namespace graph {

inline constexpr std::size_t kMaxSecretBytes = 4096;

// The whole file, for a private key. `key` is the configuration's name for it.
parsers::Result<std::string> read_private_file(std::string_view key, const std::string& path, std::size_t most_bytes);

// The one line in `path`, without its line break.
parsers::Result<std::string> read_secret(const std::string& path, std::string_view key = "client_secret_file");

}  // namespace graph

// Where full alert files go: <directory>/archive/<stem>-<UTC time of the last line><extension>. The time is the file's
// own, so that no clock is asked, and the names sort by age.
#pragma once

#include <optional>
#include <string>

namespace findings {

// Renames `path` into the archive and makes that durable; returns the new path. Throws std::system_error; then the file
// is still at `path`.
std::string archive_file(const std::string& path);

// The path of the youngest archived file of `path`.
std::optional<std::string> newest_archive(const std::string& path);

}  // namespace findings

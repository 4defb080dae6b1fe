// Walks a whole segment and says what does not agree with the rest. Reads everything, writes nothing.
#pragma once

#include <string>
#include <vector>

namespace storage {

// A sentence for each fault; empty when the segment is sound. Does not throw on damage.
std::vector<std::string> check_segment(const std::string& path);

// What SQLite finds wrong with a database file, a sentence each. Throws SqliteError when it can't be opened.
std::vector<std::string> check_database(const std::string& path);

}  // namespace storage

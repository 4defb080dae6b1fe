// The few file operations that AlertFile is made of; each throws std::system_error with a sentence that names the path.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace findings {

struct stat file_status(int fd, const std::string& path);

// For appending and reading; regular files alone. Creates with mode 0640 whatever the umask, and makes the name
// durable.
int open_for_append(const std::string& path);

// What is read by `fd` leaves the file's time of access as it is, where its owner or root reads: by that time doctor
// tells whether a forwarder does (open(2), O_NOATIME).
void read_unnoticed(int fd);

// At most `limit` bytes from the end.
std::string read_tail(int fd, const std::string& path, std::size_t limit);

void make_directory(const std::string& path);  // mode 0750; there already is success
void sync_directory(const std::string& path);

std::string directory_of(const std::string& path);

[[noreturn]] void throw_errno(const std::string& what);

}  // namespace findings

#include "sensor/graph/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace graph {
namespace {

struct File {
  explicit File(const std::string& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd;
};

parsers::Error unusable(std::string_view key, const std::string& path, const std::string& why) {
  return {"secret_unusable", 0, std::string(key) + " '" + path + "' " + why + "."};
}

}  // namespace

parsers::Result<std::string> read_private_file(std::string_view key, const std::string& path, std::size_t most_bytes) {
  if (path.empty()) {
    return parsers::Error{"secret_missing", 0, std::string(key) + " is not set: name the file that holds it."};
  }
  const File file(path);
  struct stat status{};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) {
    return parsers::Error{"secret_missing", 0,
                          "could not read " + std::string(key) + " '" + path + "': " + std::strerror(errno) + "."};
  }
  if (!S_ISREG(status.st_mode)) return unusable(key, path, "is no regular file");
  if ((status.st_mode & S_IROTH) != 0) {
    return parsers::Error{"secret_open_to_all", 0,
                          std::string(key) + " '" + path +
                              "' can be read by every user of this machine: chmod 600 it (or 640 " +
                              "with a group of its own), and consider the secret known."};
  }
  std::string content(most_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const auto got = ::read(file.fd, content.data() + size, content.size() - size);
    if (got < 0) return unusable(key, path, "can't be read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > most_bytes) return unusable(key, path, "is larger than " + std::to_string(most_bytes / 1024) + " KiB");
  content.resize(size);
  return content;
}

parsers::Result<std::string> read_secret(const std::string& path, std::string_view key) {
  auto secret = read_private_file(key, path, kMaxSecretBytes);
  if (!secret) return secret;
  while (secret->ends_with('\n') || secret->ends_with('\r')) secret->pop_back();
  if (secret->empty()) return unusable(key, path, "is empty: it must hold the value alone");
  if (std::any_of(secret->begin(), secret->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return unusable(key, path, "holds more than one line: it must hold the value alone");
  }
  return secret;
}

}  // namespace graph

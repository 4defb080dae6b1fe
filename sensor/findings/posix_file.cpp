#include "sensor/findings/posix_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace findings {

void throw_errno(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

struct stat file_status(int fd, const std::string& path) {
  struct stat status{};
  if (fstat(fd, &status) != 0) throw_errno("cannot examine " + path);
  return status;
}

int open_for_append(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK;  // not to hang where a FIFO stands
  constexpr mode_t kMode = 0640;
  int fd = open(path.c_str(), kFlags | O_CREAT | O_EXCL, kMode);
  const bool created = fd >= 0;
  if (fd < 0 && errno == EEXIST) fd = open(path.c_str(), kFlags | O_CREAT, kMode);
  if (fd < 0) throw_errno("cannot open " + path);
  try {
    if (!S_ISREG(file_status(fd, path).st_mode)) {
      errno = EINVAL;
      throw_errno(path + " is not a regular file");
    }
    if (created) {
      if (fchmod(fd, kMode) != 0) throw_errno("cannot set the mode of " + path);
      sync_directory(directory_of(path));
    }
  } catch (...) {
    close(fd);
    throw;
  }
  read_unnoticed(fd);
  return fd;
}

void read_unnoticed(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NOATIME); }

std::string read_tail(int fd, const std::string& path, std::size_t limit) {
  const auto size = static_cast<std::uint64_t>(file_status(fd, path).st_size);
  std::string tail(std::min<std::uint64_t>(size, limit), '\0');
  std::uint64_t offset = size - tail.size();
  for (std::size_t have = 0; have < tail.size();) {
    const ssize_t got = pread(fd, tail.data() + have, tail.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("cannot read " + path);
    if (got == 0) {
      tail.resize(have);
      break;
    }
    have += static_cast<std::size_t>(got);
  }
  return tail;
}

void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0750) == 0)
    sync_directory(directory_of(path));
  else if (errno != EEXIST)
    throw_errno("cannot create " + path);
}

void sync_directory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw_errno("cannot open " + path);
  const bool synced = fsync(fd) == 0;
  const int reason = errno;
  close(fd);
  errno = reason;
  if (!synced) throw_errno("cannot sync " + path);
}

std::string directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace findings

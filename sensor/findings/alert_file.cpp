#include "sensor/findings/alert_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "sensor/findings/archive.h"
#include "sensor/findings/posix_file.h"

namespace findings {

namespace {

bool holds_line(std::string_view tail, bool begins_file, std::string_view line) {
  for (std::size_t at = tail.find(line); at != std::string_view::npos; at = tail.find(line, at + 1)) {
    const bool starts = at == 0 ? begins_file : tail[at - 1] == '\n';
    const std::size_t end = at + line.size();
    if (starts && end < tail.size() && tail[end] == '\n') return true;
  }
  return false;
}

std::string_view unended_line(std::string_view tail) {
  const std::size_t last = tail.rfind('\n');
  return last == std::string_view::npos ? tail : tail.substr(last + 1);
}

bool archive_holds_line(const std::string& path, std::string_view line) {
  const auto archive = newest_archive(path);
  if (!archive) return false;
  const int fd = open(archive->c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::string tail;
  bool whole_file = false;
  try {
    tail = read_tail(fd, *archive, AlertFile::kTailBytes);
    whole_file = static_cast<std::size_t>(file_status(fd, *archive).st_size) == tail.size();
  } catch (const std::system_error&) {
    // An archive that cannot be read proves nothing; the line is written again rather than lost.
  }
  close(fd);
  return holds_line(tail, whole_file, line);
}

}  // namespace

AlertFile::AlertFile(std::string path, std::uint64_t rotate_bytes)
    : path_(std::move(path)), rotate_bytes_(rotate_bytes) {
  make_directory(directory_of(path_));
  open_by_name();
}

AlertFile::~AlertFile() {
  if (fd_ >= 0) close(fd_);
}

std::uint64_t AlertFile::size_now() const { return static_cast<std::uint64_t>(file_status(fd_, path_).st_size); }

void AlertFile::open_by_name() { fd_ = open_for_append(path_); }

void AlertFile::reopen() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  try {
    open_by_name();
  } catch (const std::system_error&) {
    // The next append tries again and reports what stands in the way.
  }
}

void AlertFile::rotate() {
  try {
    archive_file(path_);
  } catch (const std::system_error&) {
    ++failed_rotations_;
    return;
  }
  close(std::exchange(fd_, -1));
  open_by_name();
}

// `size` is the file's size now; what cannot be written whole and synced is taken back to it.
void AlertFile::write_at_end(std::string_view bytes, std::uint64_t size) {
  ssize_t wrote = -1;
  do {
    wrote = write(fd_, bytes.data(), bytes.size());
  } while (wrote < 0 && errno == EINTR);
  if (wrote == static_cast<ssize_t>(bytes.size()) && fdatasync(fd_) == 0) return;
  const int reason = wrote >= 0 && wrote < static_cast<ssize_t>(bytes.size()) ? ENOSPC : errno;
  const bool only_ours = wrote > 0 && size_now() == size + static_cast<std::uint64_t>(wrote);
  if (only_ours && ftruncate(fd_, static_cast<off_t>(size)) != 0)
    throw_errno("cannot take back half a line from " + path_);
  errno = reason;
  throw_errno("cannot write to " + path_);
}

bool AlertFile::append(std::string_view line, std::string& error) {
  try {
    if (fd_ < 0) open_by_name();
    std::uint64_t size = size_now();
    const bool torn = size > 0 && read_tail(fd_, path_, 1) != "\n";
    if (size > 0 && size >= rotate_bytes_ && !torn) {
      rotate();
      size = size_now();
    }
    std::string bytes;
    bytes.reserve(line.size() + 2);
    if (torn) bytes += '\n';
    bytes += line;
    bytes += '\n';
    write_at_end(bytes, size);
    if (torn) ++torn_lines_;
    return true;
  } catch (const std::system_error& failure) {
    error = failure.what();
    return false;
  }
}

bool AlertFile::contains_or_completes(std::string_view line) {
  try {
    if (fd_ < 0) open_by_name();
    const std::uint64_t size = size_now();
    const bool whole_file = size <= kTailBytes;
    const std::string tail = read_tail(fd_, path_, kTailBytes);
    if (holds_line(tail, whole_file, line)) return fdatasync(fd_) == 0;
    const std::string_view torn = unended_line(tail);
    if (!torn.empty() && line.starts_with(torn)) {
      write_at_end(std::string(line.substr(torn.size())) + '\n', size);
      return true;
    }
    return whole_file && archive_holds_line(path_, line);
  } catch (const std::system_error&) {
    return false;  // the append that follows reports it
  }
}

}  // namespace findings

// The alert file that a SIEM's forwarder reads: appended with one write a line, synced, exactly once as a reader sees
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace findings {

// One thread; one process writes a file.
class AlertFile {
 public:
  // `path` like /var/log/lurewatch/alerts.jsonl; created with mode 0640, its directory with 0750. Once the file has
  // reached `rotate_bytes`, the next line goes to a new one and the old is renamed to
  // <directory>/archive/alerts-<UTC time of its last line>.jsonl, outside a forwarder's pattern.
  // Throws std::system_error naming the path: start-up only.
  AlertFile(std::string path, std::uint64_t rotate_bytes);
  ~AlertFile();
  AlertFile(const AlertFile&) = delete;
  AlertFile& operator=(const AlertFile&) = delete;

  // After a crash it may be unknown whether a line was written. True when `line` stands complete at the end region of
  // the file (the last kTailBytes, or the newest archive's where the file is younger), on disk when it returns. A
  // half-written last line that is a prefix of `line` is completed, and counts as written.
  bool contains_or_completes(std::string_view line);

  // Appends line + LF with one write(2) and fdatasync. False (with a reason in `error`) when the disk refuses; a
  // partial write is undone (the file is cut back to where it was). A half-written line that a crash left behind is
  // ended with a LF first, in the same write. A rotation that fails keeps the old file in use and loses nothing.
  bool append(std::string_view line, std::string& error);

  // SIGHUP: reopens by name. A file that cannot be opened now is tried again by each append, which says why not.
  void reopen();

  std::uint64_t torn_lines() const { return torn_lines_; }              // half-written lines found and ended
  std::uint64_t failed_rotations() const { return failed_rotations_; }  // appends that went on in a full file

  static constexpr std::size_t kTailBytes = 4u << 20;

 private:
  void open_by_name();
  void rotate();
  std::uint64_t size_now() const;
  void write_at_end(std::string_view bytes, std::uint64_t size);

  std::string path_;
  std::uint64_t rotate_bytes_;
  int fd_ = -1;
  std::uint64_t torn_lines_ = 0;
  std::uint64_t failed_rotations_ = 0;
};

}  // namespace findings

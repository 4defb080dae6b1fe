// The alert file that a SIEM's forwarder reads: appended with one write a line, synced, exactly once as a reader sees
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace findings {

class AlertFile {
 public:
  // `path` like /var/log/lurewatch/alerts.jsonl; created with mode 0640. Rotation renames to
  // <directory>/archive/<name>-<UTC time>, outside a forwarder's pattern, once the file has reached `rotate_bytes`.
  // Throws std::system_error naming the path: start-up only.
  AlertFile(std::string path, std::uint64_t rotate_bytes);
  ~AlertFile();
  AlertFile(const AlertFile&) = delete;

  // After a crash it may be unknown whether a line was written. True when `line` stands complete at the end region of
  // the file (the last kTailBytes, or the newest archive's where the file is younger). A half-written last line that is
  // a prefix of `line` is completed, and counts as written.
  bool contains_or_completes(std::string_view line);

  // Appends line + LF with one write(2) and fdatasync. False (with a reason in `error`) when the disk refuses; a
  // partial write is undone (the file is cut back to where it was).
  bool append(std::string_view line, std::string& error);

  // SIGHUP: reopens by name.
  void reopen();

  static constexpr std::size_t kTailBytes = 4u << 20;

 private:
  std::string path_;
  std::uint64_t rotate_bytes_;
  int fd_ = -1;
};

}  // namespace findings

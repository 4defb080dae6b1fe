// The alert files of a sensor, one a format.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sensor/findings/alert_file.h"
#include "sensor/findings/formats.h"

namespace findings {

// One thread. Throws like AlertFile: start-up only.
class AlertFiles {
 public:
  AlertFiles(const std::string& directory, const std::vector<Format>& formats, std::uint64_t rotate_bytes) {
    for (const Format format : formats)
      files_.push_back(
          {format, std::make_unique<AlertFile>(directory + '/' + std::string(file_name(format)), rotate_bytes)});
  }

  struct Entry {
    Format format;
    std::unique_ptr<AlertFile> file;
  };
  const std::vector<Entry>& all() const { return files_; }

  void reopen() {
    for (const Entry& entry : files_) entry.file->reopen();
  }
  std::uint64_t torn_lines() const { return sum(&AlertFile::torn_lines); }
  std::uint64_t failed_rotations() const { return sum(&AlertFile::failed_rotations); }

 private:
  std::uint64_t sum(std::uint64_t (AlertFile::*count)() const) const {
    std::uint64_t total = 0;
    for (const Entry& entry : files_) total += (*entry.file.*count)();
    return total;
  }
  std::vector<Entry> files_;
};

}  // namespace findings

// A directory for one piece of work, gone with everything in it when the object goes.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace runtime {

class TemporaryDirectory {
 public:
  // lurewatch-PURPOSE-..., open to its owner alone, in $TMPDIR or /tmp. Throws std::system_error that says which it is.
  explicit TemporaryDirectory(const std::string& purpose) {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
    if (error) throw std::system_error(error, "the directory that TMPDIR names");
    std::string name = parent / ("lurewatch-" + purpose + "-XXXXXX");
    if (!::mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;  // what is left of it is the system's to clean
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace runtime

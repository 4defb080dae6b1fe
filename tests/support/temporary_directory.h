// A directory of a test's own, gone with everything in it at the end.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sensor/runtime/temporary_directory.h"

namespace support {

class TemporaryDirectory {
 public:
  std::string path() const { return directory_.path().string(); }
  std::string operator/(std::string_view name) const { return (directory_.path() / name).string(); }

  // The path of a file that has been written.
  std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) const {
    const std::string file = *this / name;
    std::ofstream(file, std::ios::binary) << text;
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return file;
  }

 private:
  runtime::TemporaryDirectory directory_{"test"};
};

}  // namespace support

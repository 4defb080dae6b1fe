#include "sensor/findings/archive.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "sensor/findings/posix_file.h"

namespace findings {

namespace {

constexpr int kMaxSameTime = 99;  // files of one name within one tick of the file system's clock

std::string archive_directory(const std::string& path) { return directory_of(path) + "/archive"; }

// 20261124T073112.123456789Z
std::string last_write_of(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) throw_errno("cannot examine " + path);
  struct tm utc{};
  gmtime_r(&status.st_mtim.tv_sec, &utc);
  std::array<char, 64> text{};
  const std::size_t length = strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &utc);
  snprintf(text.data() + length, text.size() - length, ".%09ldZ", status.st_mtim.tv_nsec);
  return text.data();
}

}  // namespace

std::string archive_file(const std::string& path) {
  const std::filesystem::path name(path);
  const std::string directory = archive_directory(path);
  make_directory(directory);
  const std::string base = directory + '/' + name.stem().string() + '-' + last_write_of(path);
  for (int same = 1; same <= kMaxSameTime; ++same) {
    // '_' sorts after '.', so the second of a tick comes after the first.
    const std::string suffix = same == 1 ? "" : (same < 10 ? "_0" : "_") + std::to_string(same);
    const std::string target = base + suffix + name.extension().string();
    if (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
      try {
        sync_directory(directory);
        sync_directory(directory_of(path));
      } catch (const std::system_error&) {
        // The file has moved, and every line in it is synced; a power cut may bring back its old name, no more.
      }
      return target;
    }
    if (errno != EEXIST) break;
  }
  throw_errno("cannot move " + path + " to " + directory);
}

std::optional<std::string> newest_archive(const std::string& path) {
  const std::filesystem::path name(path);
  const std::string prefix = name.stem().string() + '-';
  const std::string extension = name.extension().string();
  std::string newest;
  std::error_code ignored;  // no archive yet is no archive
  for (const auto& entry : std::filesystem::directory_iterator(archive_directory(path), ignored)) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(prefix) && file.ends_with(extension) && file > newest) newest = file;
  }
  if (newest.empty()) return {};
  return archive_directory(path) + '/' + newest;
}

}  // namespace findings

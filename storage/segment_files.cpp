#include "storage/segment_files.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "storage/sqlite.h"

namespace storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "events-", kSuffix = ".db", kDamagedSuffix = ".db.damaged";
constexpr std::size_t kTimeLength = std::string_view("20261124T0731-").size();
constexpr const char* kCompanions[] = {"-wal", "-shm", "-journal"};

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::optional<SegmentFile> parse_name(const fs::path& path) {
  const std::string file = path.filename().string();
  std::string_view name = file;
  SegmentFile segment;
  segment.path = path.string();
  segment.damaged = name.ends_with(kDamagedSuffix);
  const std::string_view suffix = segment.damaged ? kDamagedSuffix : kSuffix;
  if (!name.starts_with(kPrefix) || !name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  name.remove_prefix(kPrefix.size());
  if (name.size() <= kTimeLength) return std::nullopt;
  name.remove_prefix(kTimeLength);
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), segment.number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return segment;
}

}  // namespace

std::string segments_directory(const std::string& directory) { return directory + "/segments"; }

std::vector<SegmentFile> list_segments(const std::string& directory) {
  std::vector<SegmentFile> segments;
  std::error_code error;
  for (fs::directory_iterator at(segments_directory(directory), error), end; !error && at != end; at.increment(error)) {
    if (auto segment = parse_name(at->path())) segments.push_back(std::move(*segment));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw std::system_error(error, "Cannot list " + segments_directory(directory));
  }
  std::ranges::sort(segments, {}, &SegmentFile::number);
  return segments;
}

std::string segment_path(const std::string& directory, parsers::TimePoint created, std::uint32_t number) {
  return fmt::format("{}/{}{:%Y%m%dT%H%M}-{:06}{}", segments_directory(directory), kPrefix,
                     std::chrono::floor<std::chrono::seconds>(created), number, kSuffix);
}

std::uint64_t bytes_on_disk(const std::string& path) {
  std::uint64_t total = 0;
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) total += static_cast<std::uint64_t>(status.st_size);
  for (const char* companion : kCompanions) {
    if (::stat((path + companion).c_str(), &status) == 0) total += static_cast<std::uint64_t>(status.st_size);
  }
  return total;
}

std::optional<parsers::TimePoint> modified(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return parsers::TimePoint(std::chrono::seconds(status.st_mtim.tv_sec));
}

bool remove_segment(const std::string& path) {
  // The file goes first: a log alone is nothing, but a file without its log may lack what it held.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return false;
  for (const char* companion : kCompanions) ::unlink((path + companion).c_str());
  return true;
}

std::string set_aside(const std::string& path) {
  const std::string aside = path + ".damaged";
  for (const char* companion : kCompanions) {
    // Mostly there is none; the name keeps the log beside its file for whoever repairs it.
    ::rename((path + companion).c_str(), (aside + companion).c_str());
  }
  if (::rename(path.c_str(), aside.c_str()) != 0) fail("Cannot set aside " + path);
  return aside;
}

void sync_directory(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail("Cannot open " + directory);
  const int result = ::fsync(descriptor);
  ::close(descriptor);
  if (result != 0) fail("Cannot flush " + directory);
}

void create_directories_durably(const std::string& directory) {
  // The folder above is touched only when this one is new in it: under the service's AppArmor profile it can't be
  // opened, which access(2) doesn't tell.
  const bool is_new = !fs::exists(directory);
  fs::create_directories(segments_directory(directory));
  sync_directory(directory);
  const fs::path parent = fs::absolute(directory).lexically_normal().parent_path();
  if (is_new && ::access(parent.c_str(), R_OK) == 0) sync_directory(parent.string());
}

WriterLock::WriterLock(const std::string& directory) {
  const std::string path = directory + "/lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor_ < 0) fail("Cannot open " + path);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(descriptor_);
  errno = error;
  if (error != EWOULDBLOCK) fail("Cannot lock " + path);
  throw SqliteError(0, "Another Lurewatch writes to " + directory + ": it holds " + path + ".");
}

WriterLock::~WriterLock() { ::close(descriptor_); }

}  // namespace storage

#include "storage/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "storage/segment_check.h"
#include "storage/segment_files.h"
#include "storage/segment_tables.h"
#include "storage/sqlite.h"

namespace storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStateFile = "/state.db";
constexpr const char* kEventCursor = "correlate.events";  // sensor/pipeline.cpp

void sync_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!done) throw std::system_error(error, std::generic_category(), "Cannot flush " + path);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// A pending log means that the file alone is not all of it.
bool stands_alone(const std::string& path) {
  Connection connection(path, Connection::Mode::read_only);
  const auto segment = read_segment_row(connection);
  return segment && segment->sealed && !exists(path + "-wal");
}

class Backup {
 public:
  Backup(const std::string& from, const std::string& to) : from_(from), to_(to) {}

  BackupResult run() {
    prepare();
    if (exists(from_ + kStateFile)) copy(from_ + kStateFile, to_ + kStateFile);
    for (const SegmentFile& segment : list_segments(from_)) {
      if (segment.damaged)
        result_.left_out.push_back(segment.path + " is damaged and was left out.");
      else
        add_segment(segment.path);
    }
    sync_directory(segments_directory(to_));
    sync_directory(to_);
    return std::move(result_);
  }

 private:
  void prepare() {
    std::error_code error;
    if (!exists(segments_directory(from_))) throw SqliteError(0, from_ + ": there is no store here.");
    if (fs::exists(to_, error) && !(fs::is_directory(to_, error) && fs::is_empty(to_, error)))
      throw SqliteError(0, to_ + " is not empty: a copy needs a folder of its own.");
    create_directories_durably(to_);
  }

  void add_segment(const std::string& path) {
    const std::string copied = segments_directory(to_) + "/" + fs::path(path).filename().string();
    try {
      if (stands_alone(path) && ::link(path.c_str(), copied.c_str()) == 0)
        ++result_.linked;
      else
        copy(path, copied);
      ++result_.segments;
      result_.bytes += bytes_on_disk(copied);
    } catch (const SqliteError& error) {
      ::unlink(copied.c_str());
      if (!exists(path)) return;  // retention took it
      if (!error.is_damage()) throw;
      result_.left_out.push_back(std::string(error.what()) + " This segment was left out.");
    }
  }

  void copy(const std::string& path, const std::string& copied) {
    Connection(path, Connection::Mode::read_only).copy_to(copied);
    sync_file(copied);
  }

  const std::string from_, to_;
  BackupResult result_;
};

void check_state(const std::string& path, EventId last_event, StoreCheck& check) {
  State state(path, State::Mode::read_only);
  check.records = state.counts();
  for (std::string& fault : check_database(path)) check.faults.push_back(std::move(fault));
  const std::string cursor = state.cursor(kEventCursor).value_or("0");
  EventId correlated = 0;
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), correlated);
  if (correlated > last_event)
    check.faults.push_back(path +
                           ": it says that events were correlated which are not there: the newest segments lack.");
}

}  // namespace

BackupResult back_up(const std::string& directory, const std::string& target) {
  return Backup(directory, target).run();
}

StoreCheck check_store(const std::string& directory) {
  StoreCheck check;
  try {
    if (!exists(segments_directory(directory))) throw SqliteError(0, directory + ": there is no store here.");
    StoreOptions options;
    options.directory = directory;
    options.read_only = true;
    EventStore events(options);
    check.events = events.stats();
    check.faults = events.verify();
    for (std::string& warning : events.take_warnings()) check.faults.push_back(std::move(warning));
    if (exists(directory + kStateFile))
      check_state(directory + kStateFile, events.last_id(), check);
    else
      check.faults.push_back(directory + kStateFile + " is missing: alerts, sign-ins and findings are not there.");
  } catch (const std::exception& error) {
    check.faults.emplace_back(error.what());
  }
  return check;
}

}  // namespace storage

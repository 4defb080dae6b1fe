// The files of an event store: segments/events-<time received of the first batch>-<number>.db with -wal and -shm beside
// them, what was set aside as *.damaged, and the lock of the writer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "parsers/time.h"

namespace storage {

struct SegmentFile {
  std::uint32_t number = 0;
  std::string path;
  bool damaged = false;  // set aside
};

std::string segments_directory(const std::string& directory);

// Of an event store's directory, by number; anything else that lies there is passed over.
std::vector<SegmentFile> list_segments(const std::string& directory);

// "events-20261124T0731-000042.db", in `directory`/segments.
std::string segment_path(const std::string& directory, parsers::TimePoint created, std::uint32_t number);

std::uint64_t bytes_on_disk(const std::string& path);  // with log and shared memory; 0 when gone
std::optional<parsers::TimePoint> modified(const std::string& path);
bool remove_segment(const std::string& path);    // with log and shared memory; true when the file is gone
std::string set_aside(const std::string& path);  // renames to *.damaged; returns the new path

// Creates the directories and flushes their entries.
void create_directories_durably(const std::string& directory);
void sync_directory(const std::string& directory);

// Held by the one writer of a directory, as long as it lives; the system gives it back when the process dies.
class WriterLock {
 public:
  explicit WriterLock(const std::string& directory);  // throws SqliteError with a sentence when it is taken
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace storage

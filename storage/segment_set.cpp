#include "storage/segment_set.h"

#include <unistd.h>

#include <algorithm>

namespace storage {
namespace {

constexpr std::size_t kWarmReaders = 8;  // keep the block that they read last, some MiB each

bool is_gone(const std::string& path) { return ::access(path.c_str(), F_OK) != 0; }

}  // namespace

void SegmentSet::refresh() {
  const auto files = list_segments(directory_);
  std::vector<std::uint32_t> gone;
  for (const auto& [number, known] : segments_) {
    if (is_gone(known.file.path)) gone.push_back(number);
  }
  for (const std::uint32_t number : gone) forget(number);
  damaged_.clear();
  for (const SegmentFile& file : files) {
    last_number_ = std::max(last_number_, file.number);
    if (file.damaged) {
      damaged_.push_back(file);
    } else if (!segments_.contains(file.number) && std::ranges::find(left_out_, file.path) == left_out_.end()) {
      load(file);
    }
  }
}

void SegmentSet::load(const SegmentFile& file) {
  segments_[file.number].file = file;
  bool has_begun = true;
  read(file.number, [&](SegmentReader& reader) {
    KnownSegment& known = segments_[file.number];
    known.bytes = bytes_on_disk(file.path);
    has_begun = reader.segment().has_value();
    if (!has_begun) return;
    known.sealed = reader.segment()->sealed;
    known.totals = reader.segment()->totals;
    if (reader.segment()->number != file.number) {
      throw SqliteError(0, file.path + " is segment " + std::to_string(reader.segment()->number) +
                               " by its content: it was renamed.");
    }
  });
  if (has_begun) return;
  // Its creation was cut off before anything could be stored in it.
  if (access_ == Access::owner) remove_segment(file.path);
  forget(file.number);
}

std::shared_ptr<SegmentReader> SegmentSet::reader(std::uint32_t number) {
  if (!readers_.empty() && readers_.back().first == number) return readers_.back().second;
  const auto found = std::ranges::find(readers_, number, [](const auto& entry) { return entry.first; });
  if (found != readers_.end()) {
    std::rotate(found, found + 1, readers_.end());
  } else {
    if (readers_.size() >= most_open_) readers_.erase(readers_.begin());
    readers_.emplace_back(number, std::make_shared<SegmentReader>(segments_.at(number).file.path, decoder_,
                                                                  [this](std::string text) { warn(std::move(text)); }));
  }
  if (readers_.size() > kWarmReaders) {
    const auto& cooled = readers_[readers_.size() - 1 - kWarmReaders].second;
    const bool is_in_use = cooled.use_count() > 1;  // by a visitor that reads other segments as well
    if (!is_in_use) cooled->rest();
  }
  return readers_.back().second;
}

bool SegmentSet::read(std::uint32_t number, const std::function<void(SegmentReader&)>& use) {
  try {
    use(*reader(number));
    return true;
  } catch (const SqliteError& error) {
    const std::string path = segments_.contains(number) ? segments_.at(number).file.path : "";
    if (is_gone(path)) {
      forget(number);
    } else if (error.is_damage()) {
      set_aside(number, error.what());
    } else {
      throw;
    }
    return false;
  }
}

KnownSegment& SegmentSet::add(SegmentFile file) {
  last_number_ = std::max(last_number_, file.number);
  KnownSegment& known = segments_[file.number];
  known.file = std::move(file);
  return known;
}

void SegmentSet::forget(std::uint32_t number) {
  std::erase_if(readers_, [&](const auto& entry) { return entry.first == number; });
  segments_.erase(number);
}

void SegmentSet::set_aside(std::uint32_t number, const std::string& why) {
  SegmentFile file = segments_.at(number).file;
  forget(number);
  if (access_ == Access::guest) {
    left_out_.push_back(file.path);
    warn(why + " This segment is left out.");
    return;
  }
  file.path = storage::set_aside(file.path);
  file.damaged = true;
  warn(why + " The segment was set aside as " + file.path + ".");
  damaged_.push_back(std::move(file));
  std::ranges::sort(damaged_, {}, &SegmentFile::number);
}

bool SegmentSet::remove(std::uint32_t number) {
  if (!remove_segment(segments_.at(number).file.path)) return false;
  forget(number);
  return true;
}

bool SegmentSet::remove_oldest_damaged() {
  if (!remove_segment(damaged_.front().path)) return false;
  damaged_.erase(damaged_.begin());
  return true;
}

std::uint64_t SegmentSet::damaged_bytes() const {
  std::uint64_t total = 0;
  for (const SegmentFile& file : damaged_) total += bytes_on_disk(file.path);
  return total;
}

}  // namespace storage

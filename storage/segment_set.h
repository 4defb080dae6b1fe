// The segments of a directory: their totals, a few open readers, and what happens to damaged files.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/segment_files.h"
#include "storage/segment_reader.h"

namespace storage {

struct KnownSegment {
  SegmentFile file;
  bool sealed = false;
  BlockSummary totals;
  std::uint64_t bytes = 0;
};

class SegmentSet {
 public:
  enum class Access { owner, guest };  // a guest renames and deletes nothing
  // `most_open` readers stay open, at least 1.
  SegmentSet(std::string directory, Access access, std::size_t most_open)
      : directory_(std::move(directory)), access_(access), most_open_(most_open) {}

  // Takes notice of new files and of those that are gone. Damaged ones are set aside. Throws SqliteError for a file of
  // a newer schema.
  void refresh();

  const std::map<std::uint32_t, KnownSegment>& segments() const { return segments_; }
  const std::vector<SegmentFile>& damaged() const { return damaged_; }
  std::uint32_t last_number() const { return last_number_; }

  // Reads from one segment. Where the file turns out to be damaged, or is gone, the segment is left out from then on
  // and false is returned.
  bool read(std::uint32_t number, const std::function<void(SegmentReader&)>& use);

  KnownSegment& add(SegmentFile file);
  KnownSegment& at(std::uint32_t number) { return segments_.at(number); }
  void set_aside(std::uint32_t number, const std::string& why);
  // Deletes the segment's files; false when the file system refuses.
  bool remove(std::uint32_t number);
  bool remove_oldest_damaged();
  std::uint64_t damaged_bytes() const;
  void close_readers() { readers_.clear(); }

  void warn(std::string sentence) { warnings_.push_back(std::move(sentence)); }
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  std::shared_ptr<SegmentReader> reader(std::uint32_t number);
  void forget(std::uint32_t number);
  void load(const SegmentFile& file);

  std::string directory_;
  Access access_;
  std::size_t most_open_;
  std::map<std::uint32_t, KnownSegment> segments_;
  std::vector<SegmentFile> damaged_;   // by number
  std::vector<std::string> left_out_;  // paths that a guest found damaged
  std::uint32_t last_number_ = 0;
  BlockDecoder decoder_;
  std::vector<std::pair<std::uint32_t, std::shared_ptr<SegmentReader>>> readers_;  // the latest used at the end
  std::vector<std::string> warnings_;
};

}  // namespace storage

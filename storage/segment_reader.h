// Reads one segment, sealed or still being written, through a connection of its own that writes nothing.
//
// Threads: one. Errors: SqliteError when the file is broken or gone. A block that is damaged inside is passed over and
// told to `warn` once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/compression.h"
#include "storage/event_store.h"
#include "storage/message_codec.h"
#include "storage/segment_tables.h"
#include "storage/selection.h"

namespace storage {

struct BlockDecoder {
  Decompressor decompressor;
  MessageDecoder messages;
};

class SegmentReader {
 public:
  using Warn = std::function<void(std::string)>;
  // `decoder` is used by several readers in turn, and must outlive them.
  SegmentReader(const std::string& path, BlockDecoder& decoder, Warn warn);
  ~SegmentReader();

  // What `selection` asks for with an ordinal greater than `after`, block by block; selection.after is not looked at.
  // False when `visit` said stop.
  bool scan(std::uint32_t after, const Selection& selection, const BlockVisitor& visit);

  std::optional<StoredEvent> read(std::uint32_t ordinal);

  // Gives back the memory of what was read last; the file stays open, so that the next use costs no more than its
  // reads.
  void rest();

  const std::optional<SegmentRow>& segment() const;  // as it was when the file was opened

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace storage

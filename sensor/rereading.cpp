#include "sensor/rereading.h"

#include <fmt/format.h>

#include <sstream>
#include <string>
#include <vector>

#include "sensor/ingest/intake.h"
#include "storage/selection.h"

namespace sensor {
namespace {

constexpr const char* kCursor = "quarantine.read_again";  // parser version, id reached, id of the end
constexpr std::size_t kBytesAtOnce = 1u << 20;

void add_if_readable(const storage::StoredEvent& stored, const parsers::Normalised& message, storage::Batch& batch) {
  if (message.error) return;
  storage::IndexEntry entry = ingest::make_entry(message, stored.entry.received);
  if (batch.sources.empty() || batch.sources.back() != stored.source) batch.sources.push_back(stored.source);
  entry.source = static_cast<std::uint16_t>(batch.sources.size() - 1);
  entry.offset = static_cast<std::uint32_t>(batch.bytes.size());
  entry.length = static_cast<std::uint32_t>(stored.raw.size());
  batch.bytes.append(stored.raw);
  batch.entries.push_back(entry);
}

}  // namespace

Rereading::Rereading(storage::EventStore& events, storage::State& state, Deriver& deriver)
    : events_(events), state_(state), deriver_(deriver) {
  std::istringstream saved(state_.cursor(kCursor).value_or(""));
  int version = 0;
  is_saved_ = saved >> version >> at_ >> end_ && version == parsers::kParserVersion;
  if (is_saved_) return;
  at_ = 0;
  end_ = events_.last_id();
}

storage::Batch Rereading::next() {
  storage::Selection quarantined;
  quarantined.after = at_;
  quarantined.quarantine = storage::Selection::Quarantine::only;
  quarantined.bytes = storage::Selection::Bytes::unwanted;
  std::vector<storage::EventId> refused;
  std::size_t bytes = 0;
  reached_ = end_;
  events_.scan_blocks(quarantined, [&](const storage::BlockView& block) {
    for (const std::uint32_t at : block.chosen) {
      const storage::EventId id = block.first + at;
      if (id > end_) return false;
      if (!ingest::is_parser_reason(block.reasons[block.entries[at].reason - 1u])) continue;
      refused.push_back(id);
      bytes += block.entries[at].length;
      if (bytes < kBytesAtOnce) continue;
      reached_ = id;
      return false;
    }
    return true;
  });
  storage::Batch batch;
  for (const storage::EventId id : refused) {
    if (const auto stored = events_.read(id)) add_if_readable(*stored, deriver_.read(*stored), batch);
  }
  return batch;
}

void Rereading::done() {
  at_ = reached_;
  state_.set_cursor(kCursor, fmt::format("{} {} {}", parsers::kParserVersion, at_, end_));
  is_saved_ = true;
}

}  // namespace sensor

// What a reader looks for, as far as the index of the store can answer it without the messages themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/event_store.h"

namespace storage {

struct Selection {
  EventId after = 0;
  parsers::TimePoint from = parsers::TimePoint::min(), to = parsers::TimePoint::max();  // event time, both inclusive
  std::optional<std::uint64_t> host_key;
  // A user's or an address's key: whole blocks without it are passed over, messages without it are not.
  std::vector<std::uint64_t> block_keys;
  std::optional<parsers::Vendor> vendor;
  std::optional<parsers::Outcome> outcome;
  enum class Quarantine { without, only, both } quarantine = Quarantine::both;
  enum class Bytes { wanted, unwanted } bytes = Bytes::wanted;
  std::function<bool(const IndexEntry&)> wanted;  // where it is set: what else an entry must satisfy

  bool matches(const IndexEntry& entry) const {
    return entry.time >= from && entry.time <= to && (!host_key || entry.host_key == *host_key) &&
           (!vendor || entry.vendor == *vendor) && (!outcome || entry.outcome == *outcome) &&
           (quarantine == Quarantine::both || (entry.reason != 0) == (quarantine == Quarantine::only)) &&
           (!wanted || wanted(entry));
  }
};

// Messages that follow each other in the store. Everything points into the reader and holds for one call.
struct BlockView {
  EventId first = 0;                      // id of entries[0]
  std::span<const IndexEntry> entries;    // offset and length are places in `bytes`
  std::span<const std::uint32_t> chosen;  // which of the entries match; never empty
  std::string_view bytes;                 // empty when they are not wanted; of messages not chosen they may be anything
  std::span<const Source> sources;        // by IndexEntry::source
  std::span<const std::string> reasons;   // by IndexEntry::reason - 1

  std::string_view raw(std::uint32_t at) const { return bytes.substr(entries[at].offset, entries[at].length); }
};

// One of its messages; raw is filled where the block's bytes are there.
StoredEvent event_of(const BlockView& block, std::uint32_t at);

// False: no more.
using BlockVisitor = std::function<bool(const BlockView&)>;

}  // namespace storage

// Batches for tests of the event store: every message tells its number, so that it can be known again.
#pragma once

#include <string>

#include "storage/event_store.h"

namespace test {

inline parsers::TimePoint at_second(std::int64_t second) {
  return parsers::from_micros((1'795'000'000 + second) * 1'000'000);
}

inline std::string message_of(std::uint64_t number) {
  return "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed dhost=host" + std::to_string(number % 7) +
         ".example.com externalId=" + std::to_string(number);
}

inline constexpr std::uint64_t kHostKey = 0xfeed'0000'0000ull;

inline void add_message(storage::Batch& batch, std::string_view text, const storage::IndexEntry& like) {
  storage::IndexEntry entry = like;
  entry.offset = static_cast<std::uint32_t>(batch.bytes.size());
  entry.length = static_cast<std::uint32_t>(text.size());
  batch.bytes += text;
  batch.entries.push_back(entry);
}

inline constexpr std::uint64_t key_of(std::uint64_t number) {
  number = (number + 0x9e37'79b9'7f4a'7c15ull) * 0xbf58'476d'1ce4'e5b9ull;
  return (number ^ (number >> 31)) * 0x94d0'49bb'1331'11ebull;
}

// Message `number` came at second `number`, an hour and a half second after its event time; host `number` % 7.
inline storage::IndexEntry entry_of(std::uint64_t number) {
  storage::IndexEntry entry;
  entry.received = at_second(static_cast<std::int64_t>(number));
  entry.time = entry.received - std::chrono::microseconds(3'600'500'000);
  entry.host_key = kHostKey + number % 7;
  entry.user_key = key_of(1'000'000 + number % 5);
  entry.source_key = key_of(number);
  entry.destination_key = key_of(2'000'000 + number % 7);
  entry.vendor = parsers::Vendor::zscaler;
  entry.outcome = number % 2 == 0 ? parsers::Outcome::allowed : parsers::Outcome::blocked;
  entry.flags = number % 11;
  return entry;
}

inline storage::Batch numbered_batch(std::uint64_t first, std::uint64_t count) {
  storage::Batch batch;
  batch.sources = {{"firewall", "192.0.2.1"}};
  for (std::uint64_t number = first; number < first + count; ++number) {
    add_message(batch, message_of(number), entry_of(number));
  }
  return batch;
}

}  // namespace test

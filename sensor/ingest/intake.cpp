#include "sensor/ingest/intake.h"

#include <algorithm>

namespace ingest {
namespace {

template <class T, class U>
std::uint16_t index_of(std::vector<T>& known, const U& value) {
  const auto found = std::find(known.begin(), known.end(), value);
  if (found != known.end()) return static_cast<std::uint16_t>(found - known.begin());
  known.push_back(T(value));
  return static_cast<std::uint16_t>(known.size() - 1);
}

// Every eighth of a new reading: one odd message moves it little, a wrong clock shows within a minute.
void note_skew(InputStats& stats, parsers::Duration skew) {
  const std::int64_t reading = std::chrono::duration_cast<std::chrono::milliseconds>(skew).count();
  const std::int64_t old = stats.clock_skew_ms.load(std::memory_order_relaxed);
  stats.clock_skew_ms.store(old + (reading - old) / 8, std::memory_order_relaxed);
}

}  // namespace

storage::IndexEntry make_entry(const parsers::Normalised& message, parsers::TimePoint received) {
  storage::IndexEntry entry;
  entry.time = received;
  entry.received = received;
  entry.flags = message.flags.bits();
  if (!message.has_event) return entry;
  const parsers::Event& event = message.event;
  entry.time = event.time;
  entry.vendor = event.vendor;
  entry.outcome = event.outcome;
  if (event.has_url) {
    const parsers::UrlKeys keys = parsers::url_keys(event.url);
    entry.url_key = keys.exact;
    entry.no_query_key = keys.no_query;
    entry.host_key = keys.host;
  }
  // A text key is a text key: the same hash serves host names, users and addresses.
  if (!event.user.empty())
    entry.user_key = parsers::host_key(event.user);
  else if (!event.account.empty())
    entry.user_key = parsers::host_key(event.account);
  if (!event.destination_address.empty()) entry.destination_key = parsers::host_key(event.destination_address);
  return entry;
}

Intake::Intake(const parsers::IdentityMap& identity, std::function<bool(storage::Batch&)> push)
    : identity_(identity), push_(std::move(push)) {}

bool Intake::has_room() {
  if (batch_.bytes.size() < kBatchBytes && batch_.entries.size() < kBatchMessages) return true;
  return flush();
}

void Intake::take(Input& input, std::string_view peer, std::string_view message, parsers::TimePoint received) {
  parsers::normalise(message, {received, input.config.zone, &identity_}, scratch_);
  if (scratch_.error) {
    refuse(input, peer, message, scratch_.error->code, received);
    return;
  }
  InputStats& stats = input.stats;
  const bool device_time = scratch_.has_event && !scratch_.flags.has(parsers::Flag::time_from_receipt);
  if (device_time) note_skew(stats, received - scratch_.event.time);
  const storage::IndexEntry entry = make_entry(scratch_, received);
  if (scratch_.has_event) notices_.note(scratch_.event, entry.host_key, batch_);
  append(input, peer, message, entry, {});
  const auto vendor = scratch_.has_event ? scratch_.event.vendor : parsers::Vendor::unknown;
  stats.events[static_cast<std::size_t>(vendor)].fetch_add(1, std::memory_order_relaxed);
  stats.parsed.fetch_add(1, std::memory_order_relaxed);
  stats.received.fetch_add(1, std::memory_order_relaxed);
}

void Intake::refuse(Input& input, std::string_view peer, std::string_view bytes, std::string_view reason,
                    parsers::TimePoint received) {
  storage::IndexEntry entry;
  entry.time = received;
  entry.received = received;
  append(input, peer, bytes, entry, reason);
  input.stats.quarantined.fetch_add(1, std::memory_order_relaxed);
  input.stats.received.fetch_add(1, std::memory_order_relaxed);
}

void Intake::append(Input& input, std::string_view peer, std::string_view bytes, storage::IndexEntry entry,
                    std::string_view reason) {
  entry.source = index_of(batch_.sources, storage::Source{input.config.name, std::string(peer)});
  if (!reason.empty()) entry.reason = static_cast<std::uint16_t>(index_of(batch_.reasons, std::string(reason)) + 1);
  entry.offset = static_cast<std::uint32_t>(batch_.bytes.size());
  entry.length = static_cast<std::uint32_t>(bytes.size());
  batch_.bytes.append(bytes);
  batch_.entries.push_back(entry);
  input.stats.last_event_micros.store(parsers::to_micros(entry.received), std::memory_order_relaxed);
}

bool Intake::flush() {
  if (batch_.entries.empty()) return true;
  if (!push_(batch_)) return false;
  batch_.clear();
  return true;
}

}  // namespace ingest

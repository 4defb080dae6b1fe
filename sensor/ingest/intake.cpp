#include "sensor/ingest/intake.h"

#include <algorithm>
#include <functional>

#include "parsers/page_key.h"

namespace ingest {
namespace {

constexpr std::size_t kLastMessageBytes = 64 * 1024;  // of most messages, that may come when the batch is nearly full

// Only this thread writes them, so that no message pays for a locked addition.
template <class Number>
void add(std::atomic<Number>& counter, Number count = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

void count_gaps(InputStats& stats, std::size_t vendor, const parsers::Event& event) {
  const auto count = [vendor](auto& counters, bool lacking) {
    if (lacking) add(counters[vendor]);
  };
  count(stats.without_url, !event.has_url);
  count(stats.without_user, event.user.empty() && event.account.empty());
  count(stats.user_unmapped, event.user.empty() && !event.account.empty());
}

// A linear search: reasons are a handful of names in our own code.
std::uint16_t index_in(std::vector<std::string>& known, std::string_view reason) {
  const auto found = std::find(known.begin(), known.end(), reason);
  if (found != known.end()) return static_cast<std::uint16_t>(found - known.begin());
  known.emplace_back(reason);
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
  // A text key is a text key: the same hash serves host names, accounts and addresses.
  const auto key_of = [](const std::string& text) { return text.empty() ? 0 : parsers::host_key(text); };
  if (event.has_url) {
    entry.host_key = key_of(event.url.host);
    entry.page_key = parsers::page_key(event.url);
  }
  entry.user_key = key_of(event.account);
  entry.source_key = key_of(event.source_address);
  entry.destination_key = key_of(event.destination_address);
  return entry;
}

Intake::Intake(const parsers::IdentityMap& identity, Push push) : identity_(&identity), push_(std::move(push)) {
  reserve();
}

// A batch never moves while it grows. What it doesn't come to is address space, not memory.
void Intake::reserve() {
  batch_.bytes.reserve(kBatchBytes + kLastMessageBytes);
  batch_.entries.reserve(kBatchMessages);
}

void Intake::connect(const parsers::IdentityMap& identity, Push push) {
  identity_ = &identity;
  push_ = std::move(push);
}

bool Intake::has_room() {
  if (batch_.bytes.size() < kBatchBytes && batch_.entries.size() < kBatchMessages) return true;
  return flush();
}

void Intake::take(Input& input, std::string_view peer, std::string_view message, parsers::TimePoint received) {
  parsers::normalise(message, {received, input.config.zone, identity_}, scratch_);
  if (scratch_.native != parsers::Vendor::unknown) {
    add(input.stats.native[static_cast<std::size_t>(scratch_.native)]);
  }
  if (scratch_.error) {
    refuse(input, peer, message, scratch_.error->code, received);
    return;
  }
  if (onlooker_) onlooker_->took(input, peer, message, scratch_, received);
  InputStats& stats = input.stats;
  const bool device_time = scratch_.has_event && !scratch_.flags.has(parsers::Flag::time_from_receipt);
  if (device_time) note_skew(stats, received - scratch_.event.time);
  const storage::IndexEntry entry = make_entry(scratch_, received);
  if (scratch_.has_event) notices_.note(scratch_.event, entry.host_key, batch_);
  append(input, peer, message, entry, {});
  const auto vendor = scratch_.has_event ? scratch_.event.vendor : parsers::Vendor::unknown;
  add(stats.events[static_cast<std::size_t>(vendor)]);
  if (scratch_.has_event) count_gaps(stats, static_cast<std::size_t>(vendor), scratch_.event);
  add(stats.parsed);
  add(stats.received);
}

void Intake::refuse(Input& input, std::string_view peer, std::string_view bytes, std::string_view reason,
                    parsers::TimePoint received) {
  if (onlooker_) onlooker_->refused(input, peer, bytes, reason, received);
  storage::IndexEntry entry;
  entry.time = received;
  entry.received = received;
  if (may_quarantine(bytes.size(), received))
    append(input, peer, bytes, entry, reason);
  else
    add(input.stats.not_kept);
  add(input.stats.reasons[reason_index(reason)]);
  if (reason == "message_too_long") add(input.stats.too_long);
  add(input.stats.quarantined);
  add(input.stats.received);
}

bool Intake::may_quarantine(std::size_t bytes, parsers::TimePoint now) {
  if (now - quarantine_hour_ >= std::chrono::hours(1) || now < quarantine_hour_) {
    quarantine_hour_ = now;
    quarantine_bytes_ = 0;
  }
  if (quarantine_bytes_ + bytes > kQuarantineBytesAnHour) return false;
  quarantine_bytes_ += bytes;
  return true;
}

void Intake::append(Input& input, std::string_view peer, std::string_view bytes, storage::IndexEntry entry,
                    std::string_view reason) {
  entry.source = source_index(input.config.name, peer);
  if (!reason.empty()) entry.reason = static_cast<std::uint16_t>(index_in(batch_.reasons, reason) + 1);
  entry.offset = static_cast<std::uint32_t>(batch_.bytes.size());
  entry.length = static_cast<std::uint32_t>(bytes.size());
  batch_.bytes.append(bytes);
  batch_.entries.push_back(entry);
  const std::int64_t now = parsers::to_micros(entry.received);
  const std::int64_t last = input.stats.last_event_micros.load(std::memory_order_relaxed);
  input.stats.last_event_micros.store(now, std::memory_order_relaxed);
  if (last && now - last > input.stats.longest_gap_micros.load(std::memory_order_relaxed))
    input.stats.longest_gap_micros.store(now - last, std::memory_order_relaxed);
}

bool Intake::is_behind(parsers::TimePoint now) const {
  return sent_.size() >= kMostAhead || (!sent_.empty() && now - sent_.front().first_received > commit_interval_);
}

bool Intake::flush() {
  if (batch_.entries.empty()) return true;
  const parsers::TimePoint first_received = batch_.entries.front().received;
  if (!push_(batch_)) return false;
  sent_.push_back({batch_number_, first_received});
  batch_.clear();
  reserve();
  source_indexes_.clear();
  hurries_ = false;
  ++batch_number_;
  return true;
}

void Intake::hurry() {
  hurries_ = true;
  if (settled_ + 1 == batch_number_) flush();
}

void Intake::settle(std::uint64_t batch_number, CommitObserver::Fate fate) {
  settled_ = batch_number;
  while (!sent_.empty() && sent_.front().batch_number <= batch_number) sent_.pop_front();
  for (CommitObserver* observer : observers_) observer->settled(batch_number, fate);
  if (hurries_ && settled_ + 1 == batch_number_) flush();
}

std::size_t Intake::SourceHash::operator()(const storage::Source& source) const {
  return std::hash<std::string>()(source.input) * 31 + std::hash<std::string>()(source.peer);
}

std::uint16_t Intake::source_index(const std::string& input, std::string_view peer) {
  if (last_source_ < batch_.sources.size()) {
    const storage::Source& last = batch_.sources[last_source_];
    if (last.peer == peer && last.input == input) return last_source_;
  }
  storage::Source source{input, std::string(peer)};
  const auto [found, is_new] = source_indexes_.try_emplace(source, static_cast<std::uint16_t>(batch_.sources.size()));
  if (is_new) batch_.sources.push_back(std::move(source));
  return last_source_ = found->second;
}

}  // namespace ingest

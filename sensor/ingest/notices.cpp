#include "sensor/ingest/notices.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "sensor/correlate/lures.h"
#include "storage/state_lookup.h"

namespace ingest {
namespace {

constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15u;

// Of this process alone; a key that is kept would be a parsers::host_key.
std::uint64_t hash_of(const std::string& text) { return std::hash<std::string>()(text); }

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t both = (a ^ (b * kMix)) * 0xff51afd7ed558ccdu;
  return both ^ (both >> 32);
}

}  // namespace

bool Told::put(std::uint64_t key) {
  auto& place = places_[key % kPlaces];
  const std::uint32_t mark = static_cast<std::uint32_t>(key >> 32) | 1;
  if (std::ranges::find(place, mark) != place.end()) return true;
  std::ranges::copy_backward(std::span(place).first(kKeysAPlace - 1), place.end());
  place.front() = mark;
  return false;
}

void Notices::note(const parsers::Event& event, std::uint64_t host_key, storage::Batch& batch) {
  const std::string& user = event.user.empty() ? event.account : event.user;
  if (!user.empty() && !event.source_address.empty()) {
    const auto bucket =
        std::chrono::floor<std::chrono::minutes>(event.time).time_since_epoch() / storage::StateLookup::kSightingBucket;
    const std::uint64_t key =
        mixed(hash_of(user), mixed(hash_of(event.source_address), static_cast<std::uint64_t>(bucket)));
    if (!sightings_.put(key)) batch.sightings.push_back({event.source_address, user, event.time});
  }
  if (host_key == 0) return;
  const auto day = std::chrono::floor<std::chrono::days>(event.time).time_since_epoch().count();
  if (hosts_.put(mixed(host_key, static_cast<std::uint64_t>(day)))) return;
  if (const std::uint64_t domain = correlate::domain_key(event.url.host))
    batch.host_names.push_back({domain, host_key, event.time});
}

}  // namespace ingest

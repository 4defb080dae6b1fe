#include "sensor/derive.h"

namespace sensor {

Deriver::Deriver(const config::Config& config, const parsers::IdentityMap& identity) : identity_(identity) {
  for (const config::Listen& input : config.listen) zones_[input.name] = input.zone;
}

const parsers::Normalised& Deriver::read(const storage::StoredEvent& stored) {
  const auto zone = zones_.find(stored.source.input);
  parsers::normalise(stored.raw,
                     {stored.entry.received, zone == zones_.end() ? cctz::utc_time_zone() : zone->second, &identity_},
                     scratch_);
  return scratch_;
}

std::optional<correlate::Click> Deriver::click(const storage::StoredEvent& stored) {
  if (!stored.reason.empty()) return std::nullopt;
  read(stored);
  if (scratch_.error || !scratch_.has_event) return std::nullopt;
  return correlate::Click{stored.id, scratch_.event, stored.entry.received, stored.source.input, stored.raw};
}

}  // namespace sensor

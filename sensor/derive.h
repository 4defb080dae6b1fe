// From a stored message back to its event: the same parser as on arrival, so a better one mends history too.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "parsers/normalise.h"
#include "sensor/config/config.h"
#include "sensor/correlate/facts.h"
#include "storage/event_store.h"

namespace sensor {

class Deriver {
 public:
  // Copies the zones of the inputs; an input that the configuration no longer names is read as UTC.
  Deriver(const config::Config& config, const parsers::IdentityMap& identity);

  // Nothing for a message in quarantine or without an event. `stored.raw` must be filled.
  std::optional<correlate::Click> click(const storage::StoredEvent& stored);

  // The same without what only judging needs. Good until the next call.
  const parsers::Event* event(const storage::StoredEvent& stored);

  // The message as this version of the parser reads it, good until the next call; `error` is set where it can't.
  const parsers::Normalised& read(const storage::StoredEvent& stored);

 private:
  const parsers::IdentityMap& identity_;
  std::map<std::string, cctz::time_zone, std::less<>> zones_;
  void add_web_fields(correlate::Click& click);

  parsers::Normalised scratch_;
  std::string text_;
};

}  // namespace sensor

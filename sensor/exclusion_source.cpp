#include "sensor/exclusion_source.h"

#include <utility>

#include "sensor/identity_source.h"

namespace sensor {

Exclusions load_exclusions(const config::Config& config) {
  exclusions::Loaded loaded = exclusions::load_directory(config.correlation.exclusions, config::kDefaultExclusions);
  std::string mistakes;
  for (const config::Mistake& mistake : loaded.mistakes) mistakes += config::to_text(mistake);
  if (mistakes.ends_with('\n')) mistakes.pop_back();
  if (!mistakes.empty()) throw BadConfig(mistakes);
  return {std::move(loaded.set), std::move(loaded.text)};
}

}  // namespace sensor

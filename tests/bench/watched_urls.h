// Alerts for benchmarks that put many URLs under watch: half of them on hosts of their own, half pages on hosts of
// everybody's pages.
#pragma once

#include <cstdint>
#include <string>

#include "sensor/graph/poller.h"
#include "sensor/pipeline.h"

namespace bench {

inline constexpr std::uint64_t kSharedSites = 2000;  // the pages lie on so many sites

std::string watched_url(std::uint64_t number);
void watch_urls(sensor::Pipeline& pipeline, std::uint64_t urls, parsers::TimePoint now);

}  // namespace bench

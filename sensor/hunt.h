// The rule over everything that is stored, read beside a running daemon; nothing that is written changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sensor/correlate/engine.h"
#include "sensor/derive.h"
#include "sensor/exclusions/exclusion.h"
#include "sensor/seed_mode.h"
#include "sensor/store_facts.h"

namespace sensor {

// Store and state of an installation, opened for reading. Throws storage::SqliteError.
struct StoreReader {
  StoreReader(const config::Config& config, const parsers::IdentityMap& identity);
  storage::EventStore events;
  storage::State state;
  storage::StateLookup lookup;
  Deriver deriver;
  StoreFacts facts;
};

struct HuntQuery {
  parsers::TimePoint since = parsers::TimePoint::min(), until = parsers::TimePoint::max();
  std::string user;  // lower case; empty: any
  parsers::Url url;  // empty host: any; "/" without query: any on the host
};

struct HuntResult {
  std::vector<std::string> findings;  // lines in the shape of alerts.jsonl, by (first_seen, id)
  std::size_t alerts = 0;             // that were looked at
  std::size_t suppressed = 0;         // by exclusions; not among the findings
};

struct HuntProgress {
  std::size_t alerts = 0;             // looked at
  std::size_t judged = 0, users = 0;  // of the users whom the alerts concern; 0 until all alerts were looked at
};

// Each user is judged once, however many alerts concern him. `progress` is told after each alert and each user.
HuntResult hunt(StoreReader& store, const correlate::Settings& settings, const exclusions::ExclusionSet& exclusions,
                const HuntQuery& query, parsers::TimePoint now,
                const std::function<void(const HuntProgress&)>& progress);

// The published rule over the same; its lines are filtered alike.
SeedResult hunt_seed_exact(StoreReader& store, const HuntQuery& query, SeedRuns runs, parsers::TimePoint now);

}  // namespace sensor

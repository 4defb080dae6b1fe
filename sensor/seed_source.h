// Stored facts as the tables that the published rule reads: alerts of Graph as SecurityAlert, messages as
// CommonSecurityLog, interactive sign-ins as SigninLogs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "parsers/graph.h"
#include "sensor/correlate/seed_exact.h"
#include "sensor/derive.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

// What a finding tells of an event beside the rule's columns; by the same index as Tables::events.
struct SeedEventDetail {
  std::string input, raw, vendor, outcome;
};

struct SeedInput {
  correlate::seed::Tables tables;
  std::vector<SeedEventDetail> details;
};

correlate::seed::SecurityAlert to_security_alert(const parsers::Alert& alert);
// Nothing for what Entra does not write into the SigninLogs table: sign-ins without the user.
std::optional<correlate::seed::SigninLogs> to_signin_logs(const parsers::SignIn& sign_in);

struct SeedScope {
  parsers::TimePoint since = parsers::TimePoint::min(), until = parsers::TimePoint::max();
  // TimeGenerated of a message: when a collector received it, as in Sentinel; or, for recorded messages of which nobody
  // knows that, the device's time.
  enum class Clock { received, device } clock = Clock::received;
  // Which messages are read: all, or those on a host that an alert's URL names.
  enum class Messages { all, on_alert_hosts } messages = Messages::on_alert_hosts;
};

// Only rows that can stand in a result are taken. `deriver` reads the messages.
SeedInput read_seed_input(storage::EventStore& events, storage::State& state, Deriver& deriver, const SeedScope& scope);

}  // namespace sensor

#include "sensor/runtime/service_manager.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <chrono>

#include "sensor/runtime/log.h"

namespace runtime {
namespace {

constexpr std::size_t kMaxStatusBytes = 400;

// A service manager that can't be told is no reason to stop serving: its own timeouts will show.
void tell(const std::string& state) { static_cast<void>(sd_notify(0, state.c_str())); }

}  // namespace

void notify_ready() { tell("READY=1"); }

void notify_reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC on Linux
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reloading.",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void notify_stopping() { tell("STOPPING=1\nSTATUS=Stopping: keeping what is on the way."); }

void notify_status(std::string_view sentence) { tell(fmt::format("STATUS={}", printable(sentence, kMaxStatusBytes))); }

void pet_watchdog() { tell("WATCHDOG=1"); }

}  // namespace runtime

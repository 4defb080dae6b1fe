// What would keep the sensor from working on this machine, each with the command that mends it.
// Pure: facts in, symptoms out; sensor/commands/doctor.cpp gathers the facts.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "parsers/time.h"
#include "sensor/config/config.h"

namespace sensor {

enum class Verdict { wrong, doubtful, unknown, fine };  // worst first
const char* to_string(Verdict verdict);

struct Symptom {
  std::string check;  // stable name: "port", "kernel-drops"
  Verdict verdict = Verdict::fine;
  std::string finding;  // a sentence
  std::string mend;     // the command or the setting that mends it; empty when nothing has to be
};

struct AlertFileFacts {
  std::string path, error;
  std::uint64_t size = 0;  // bytes
  parsers::TimePoint modified{}, read{};
  bool times_reads = true;                         // false: mounted noatime
  std::optional<parsers::TimePoint> unread_since;  // of the oldest line after `read`, where the lines tell
};

struct MachineFacts {
  parsers::TimePoint now{};
  std::vector<Symptom> ports;                       // of inputs that can't bind; empty while the sensor runs
  std::optional<std::uint64_t> receive_buffer_max;  // net.core.rmem_max
  std::uint64_t kernel_drops = 0;                   // of datagrams, on the inputs' sockets
  std::optional<bool> clock_synchronised;
  std::vector<std::string> graph_faults;  // of graph::probe
  bool graph_asked = false;
  std::optional<parsers::TimePoint> secret_written;
  struct Certificate {
    std::string path, error;
    parsers::TimePoint expires{};
  };
  std::vector<Certificate> certificates;
  std::vector<AlertFileFacts> alert_files;  // one a format; none for a file that isn't there yet
};

// `status` as the running sensor gives it; nothing when none runs. Worst first.
std::vector<Symptom> examine(const config::Config& config, const std::optional<boost::json::object>& status,
                             const MachineFacts& machine);

}  // namespace sensor

#include "sensor/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <memory>

#include "sensor/commands/command.h"
#include "sensor/commands/machine.h"
#include "sensor/findings/text.h"
#include "sensor/runtime/control_socket.h"

namespace commands {
namespace {

const char* colour(sensor::Verdict verdict) {
  constexpr const char* kColours[] = {"\033[31m", "\033[33m", "\033[36m", "\033[32m"};
  return kColours[static_cast<std::size_t>(verdict)];
}

void print(const sensor::Symptom& symptom, bool json, bool coloured) {
  if (json) {
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"check", symptom.check},
                                                                  {"verdict", to_string(symptom.verdict)},
                                                                  {"finding", symptom.finding},
                                                                  {"mend", symptom.mend}}));
    return;
  }
  fmt::print("{}{:<8}{}  {}\n", coloured ? colour(symptom.verdict) : "", to_string(symptom.verdict),
             coloured ? "\033[0m" : "", findings::printable(symptom.finding));
  if (symptom.verdict != sensor::Verdict::fine && !symptom.mend.empty())
    fmt::print("          mend: {}\n", findings::printable(symptom.mend));
}

}  // namespace

void add_doctor(CLI::App& program, Invocation& invocation) {
  CLI::App* command = add_command(program, invocation, "doctor",
                                  "what would keep it from working on this machine, with what mends it", Prints::facts);
  auto offline = std::make_shared<bool>(false);
  command->add_flag("--offline", *offline, "don't ask Graph");
  command->footer(
      "Exit status 1: something is wrong. Run it as root, to see who holds a port and to read the alert file.");
  command->callback([&invocation, offline] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    std::string no_daemon;
    const auto status = runtime::ask(config.status.socket, "status", no_daemon);
    const auto symptoms = sensor::examine(config, status, look_at_machine(config, status.has_value(), !*offline));
    const bool coloured = !invocation.json && ::isatty(STDOUT_FILENO);
    for (const sensor::Symptom& symptom : symptoms) print(symptom, invocation.json, coloured);
    const auto wrong = [](const sensor::Symptom& symptom) { return symptom.verdict == sensor::Verdict::wrong; };
    if (std::ranges::any_of(symptoms, wrong)) invocation.status = Exit::no;
  });
}

}  // namespace commands

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "sensor/commands/command.h"
#include "sensor/findings/text.h"
#include "sensor/runtime/control_socket.h"
#include "sensor/status_reading.h"

namespace commands {
namespace {

namespace json = boost::json;
using sensor::reading::at;

struct Options {
  std::string input, stage = "event";
  std::uint64_t count = 0;  // 0: until interrupted
};

std::string plain(const json::value& value) {
  return value.is_null() ? "-" : findings::printable(sensor::reading::text(value));
}

// "2026-11-24T07:31:12.000Z 192.0.2.10 ana@contoso.com allowed https://www.example.com/ 203.0.113.9"
std::string told(const json::object& line) {
  std::string out = fmt::format("{} {}", plain(at(line, "received")), plain(at(line, "peer")));
  if (!at(line, "error").is_null()) out += fmt::format(" [{}]", plain(at(line, "error")));
  if (const json::value& raw = at(line, "raw"); raw.is_string()) out += " " + plain(raw);
  for (const auto& [name, value] : sensor::reading::object(at(line, "columns")))
    out += fmt::format(" {}={}", std::string_view(name), plain(value));
  const json::value& event = at(line, "event");
  if (event.is_object())
    for (const char* key : {"vendor", "user", "outcome", "url", "destination_address"})
      out += " " + plain(at(event.as_object(), key));
  else if (line.contains("event") && at(line, "error").is_null())
    out += " - no event: not of a web gateway that is known";
  return out;
}

class Follower {
 public:
  Follower(const Options& options, bool json) : options_(options), json_(json) {}

  // False: enough.
  bool take(std::string_view text) {
    boost::system::error_code error;
    const json::value parsed = json::parse(text, error);
    if (error || !parsed.is_object()) return true;
    const json::object& line = parsed.as_object();
    if (!line.contains("received") && line.contains("error")) {
      fmt::print(stderr, "{}\n", plain(line.at("error")));
      status_ = Exit::no;
      return false;
    }
    if (const json::value* skipped = line.if_contains("skipped")) {
      if (json_) fmt::print("{}\n", text);
      std::fflush(stdout);
      fmt::print(stderr, "{} messages were not shown: more passed than could be read\n", plain(*skipped));
      return true;
    }
    fmt::print("{}\n", json_ ? std::string(text) : told(line));
    std::fflush(stdout);
    return ++shown_ != options_.count;
  }
  int status() const { return status_; }

 private:
  const Options& options_;
  bool json_;
  std::uint64_t shown_ = 0;
  int status_ = Exit::done;
};

int run_tap(const config::Config& config, const Options& options, bool json) {
  const auto named = [&](const config::Listen& input) { return input.name == options.input; };
  if (std::ranges::none_of(config.listen, named)) {
    std::string names;
    for (const config::Listen& input : config.listen) names += (names.empty() ? "" : ", ") + input.name;
    fmt::print(stderr, "there is no input `{}`; there {}\n", options.input, names.empty() ? "is none" : "are " + names);
    return Exit::usage;
  }
  Follower follower(options, json);
  const json::object request{{"command", "tap"}, {"input", options.input}, {"stage", options.stage}};
  // A reload ends the conversation for moments.
  for (auto heard = std::chrono::steady_clock::now();;) {
    std::string error;
    const bool is_enough = runtime::follow(config.status.socket, request, error, [&](std::string_view line) {
      heard = std::chrono::steady_clock::now();
      return follower.take(line);
    });
    if (is_enough) return follower.status();
    if (std::chrono::steady_clock::now() - heard > runtime::kReloadGap) {
      fmt::print(stderr, "{}\nIs the service up? systemctl status lurewatch\n", error);
      return Exit::unreachable;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace

void add_tap(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, invocation, "tap", "live messages of an input at a stage, as they pass", Prints::facts);
  command->add_option("INPUT", options->input, "the input's name, of [[listen]] or [[tap]]")->required();
  command->add_option("--stage", options->stage, "as they came, as rows of CommonSecurityLog, or as events")
      ->check(CLI::IsMember({"raw", "parsed", "event"}))
      ->capture_default_str();
  command->add_option("--count", options->count, "end after so many messages")->check(CLI::PositiveNumber);
  command->footer(
      "It shows what passes from now on, and costs the sensor little: what it can't read in time is left out and "
      "counted.");
  command->callback([&invocation, options] {
    config::Config config;
    if (load_config(invocation, Missing::is_error, config))
      invocation.status = run_tap(config, *options, invocation.json);
  });
}

}  // namespace commands

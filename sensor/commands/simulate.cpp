#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

#include "sensor/commands/command.h"
#include "sensor/findings/posix_file.h"
#include "sensor/ingest/peers.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/control_socket.h"
#include "sensor/status_reading.h"

namespace commands {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
namespace reading = sensor::reading;

constexpr auto kLookInterval = std::chrono::milliseconds(5);
constexpr std::size_t kTailBytes = 256 * 1024;  // several findings of the longest

struct Options {
  std::string input;
  unsigned seconds = 10;
};

struct Failure {
  int status;
  std::string sentence;
};

struct Hop {
  const char* name;
  const char* from;
  const char* to;
};
constexpr Hop kHops[] = {{"input: sent to received", "sent", "received"},
                         {"store: received to committed", "received", "stored"},
                         {"correlation: committed to found", "stored", "correlated"},
                         {"file: found to written", "correlated", "written"}};

bool can_send_to(const config::Listen& listen) {
  return listen.transport == config::Transport::udp || listen.transport == config::Transport::tcp;
}

std::optional<config::Listen> choose_input(const config::Config& config, const std::string& name) {
  for (const config::Listen& listen : config.listen)
    if (name.empty() ? can_send_to(listen) : listen.name == name) return listen;
  return std::nullopt;
}

// The daemon sees the address that we send from, and `allow` may know no loopback: any of this machine's that it
// allows.
std::optional<asio::ip::address> allowed_source(const config::Listen& input, bool v6) {
  const ingest::AllowList allow(input.allow);
  std::vector<asio::ip::address> own = {asio::ip::make_address(v6 ? "::1" : "127.0.0.1")};
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) == 0) {
    for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
      char text[INET6_ADDRSTRLEN] = "";
      if (entry->ifa_addr && entry->ifa_addr->sa_family == AF_INET && !v6)
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, text, sizeof text);
      if (entry->ifa_addr && entry->ifa_addr->sa_family == AF_INET6 && v6)
        inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr, text, sizeof text);
      if (*text) own.push_back(asio::ip::make_address(text));
    }
    ::freeifaddrs(list);
  }
  const auto found =
      std::ranges::find_if(own, [&](const auto& address) { return allow.allows(ingest::peer_name(address)); });
  return found == own.end() ? std::nullopt : std::optional(*found);
}

void send(const config::Listen& input, const std::string& message) {
  auto target = asio::ip::make_address(input.host);
  const bool v6 = target.is_v6();
  const auto source = allowed_source(input, v6);
  if (!source)
    throw Failure{Exit::no,
                  fmt::format("input \"{}\": its `allow` holds no address of this machine; add \"{}\", or name "
                              "another with --input",
                              input.name, v6 ? "::1/128" : "127.0.0.1/32")};
  if (target.is_unspecified()) target = *source;
  asio::io_context io;
  try {
    if (input.transport == config::Transport::udp) {
      asio::ip::udp::socket socket(io, asio::ip::udp::endpoint(*source, 0));
      socket.send_to(asio::buffer(message), asio::ip::udp::endpoint(target, input.port));
    } else {
      asio::ip::tcp::socket socket(io, asio::ip::tcp::endpoint(*source, 0));
      socket.connect(asio::ip::tcp::endpoint(target, input.port));
      asio::write(socket, asio::buffer(message + "\n"));
    }
  } catch (const boost::system::system_error& error) {
    throw Failure{Exit::unreachable, fmt::format("input \"{}\" at {}: {}", input.name, input.address(), error.what())};
  }
}

json::object ask(const config::Config& config, const char* command) {
  std::string error;
  auto answer = runtime::ask(config.status.socket, command, error, runtime::kReloadGap);
  if (!answer) throw Failure{Exit::unreachable, error + "\nIs the service up? systemctl status lurewatch"};
  if (const json::value* refusal = answer->if_contains("error")) throw Failure{Exit::no, reading::text(*refusal)};
  return std::move(*answer);
}

std::optional<json::object> line_in_file(const std::string& path, const std::string& label) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file)
    throw Failure{Exit::no, fmt::format("{} can't be read: run simulate as root, or as a member of adm", path)};
  const int fd = ::fileno(file.get());
  findings::read_unnoticed(fd);
  std::istringstream tail(findings::read_tail(fd, path, kTailBytes));
  for (std::string line; std::getline(tail, line);) {
    boost::system::error_code error;
    if (line.find(label) == std::string::npos) continue;
    const json::value parsed = json::parse(line, error);
    if (!error && parsed.is_object()) return parsed.as_object();
  }
  return std::nullopt;
}

struct Run {
  json::object times;    // microseconds, by hop
  json::object finding;  // as it stands in the file
};

Run run(const config::Config& config, const config::Listen& input, std::chrono::seconds patience) {
  const std::string path = config.alerts.directory + "/alerts.jsonl";
  const json::object begun = ask(config, "simulate");
  const std::string label = reading::text(reading::at(begun, "label"));
  const std::int64_t sent = parsers::to_micros(runtime::now());
  send(input, reading::text(reading::at(begun, "message")));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    json::object times = ask(config, "simulation");
    if (!reading::at(times, "written").is_null())
      if (auto finding = line_in_file(path, label)) {
        times["sent"] = sent;
        times["seen"] = parsers::to_micros(runtime::now());
        return {std::move(times), std::move(*finding)};
      }
    if (std::chrono::steady_clock::now() > deadline) {
      const char* missing = "the message was not received";
      if (!reading::at(times, "received").is_null()) missing = "the message was stored, but no finding was written";
      throw Failure{Exit::no,
                    fmt::format("nothing within {} s by input \"{}\": {}. `lurewatch doctor` looks for the reason",
                                patience.count(), input.name, missing)};
    }
    std::this_thread::sleep_for(kLookInterval);
  }
}

double milliseconds(const json::object& times, const char* from, const char* to) {
  return (reading::number(reading::at(times, to)) - reading::number(reading::at(times, from))) / 1000;
}

void print(const Run& made, const std::string& input, bool as_json) {
  const std::string id = reading::text(reading::at(made.finding, "id"));
  json::array hops;
  for (const Hop& hop : kHops) hops.push_back({{"name", hop.name}, {"ms", milliseconds(made.times, hop.from, hop.to)}});
  const double total = milliseconds(made.times, "sent", "written");
  if (as_json) {
    fmt::print("{}\n", json::serialize(json::object{{"id", id},
                                                    {"test", reading::at(made.finding, "test")},
                                                    {"input", input},
                                                    {"hops", std::move(hops)},
                                                    {"total_ms", total}}));
    return;
  }
  fmt::print("A test chain went through input \"{}\" and came out as finding {} (test: true).\n", input, id);
  for (const Hop& hop : kHops)
    fmt::print("  {:<34} {:>9.1f} ms\n", hop.name, milliseconds(made.times, hop.from, hop.to));
  fmt::print("  {:<34} {:>9.1f} ms\n", "from sent to written", total);
}

}  // namespace

void add_simulate(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, invocation, "simulate",
                                  "a labelled synthetic chain through the whole running sensor, timed", Prints::facts);
  command->add_option("--input", options->input, "send the message to this input; else the first udp or tcp one");
  command->add_option("--timeout", options->seconds, "seconds to wait for the finding")
      ->check(CLI::Range(1u, 600u))
      ->capture_default_str();
  command->footer("Its finding has \"test\": true, a user and a host below .invalid, and an address of RFC 5737.");
  command->callback([&invocation, options] {
    config::Config config;
    if (!load_config(invocation, Missing::is_error, config)) return;
    const auto input = choose_input(config, options->input);
    if (!input || !can_send_to(*input)) {
      fmt::print(stderr, "{}\n",
                 input                    ? "simulate sends to udp and tcp inputs alone"
                 : options->input.empty() ? "there is no udp or tcp input to send to; add a [[listen]]"
                                          : "the configuration has no input of that name");
      invocation.status = Exit::no;
      return;
    }
    try {
      print(run(config, *input, std::chrono::seconds(options->seconds)), input->name, invocation.json);
    } catch (const Failure& failure) {
      fmt::print(stderr, "{}\n", failure.sentence);
      invocation.status = failure.status;
    }
  });
}

}  // namespace commands

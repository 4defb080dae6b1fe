#include "sensor/ingest/bind_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace ingest {

std::runtime_error bind_error(const config::Listen& input, int error_number) {
  const std::string what = fmt::format("input \"{}\" can't listen on {} ({})", input.name, input.address(),
                                       config::to_string(input.transport));
  const char* flag = input.transport == config::Transport::udp ? "-u" : "-t";
  switch (error_number) {
    case EADDRINUSE:
      return std::runtime_error(
          fmt::format("{}: the port is taken; `ss -lp {} 'sport = :{}'` shows by whom", what, flag, input.port));
    case EACCES:
      return std::runtime_error(fmt::format(
          "{}: ports below 1024 need the capability CAP_NET_BIND_SERVICE; the service has it, a shell does not", what));
    case EADDRNOTAVAIL:
      return std::runtime_error(
          fmt::format("{}: no interface of this machine has that address; `ip address` lists them", what));
    default:
      return std::runtime_error(fmt::format("{}: {}", what, std::strerror(error_number)));
  }
}

}  // namespace ingest

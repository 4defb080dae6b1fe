#include "sensor/ingest/bind_error.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

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

std::string try_bind(const config::Listen& input) {
  namespace asio = boost::asio;
  asio::io_context io;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(input.host);
  const auto bind = [&](auto socket, const auto& endpoint) {
    socket.open(endpoint.protocol(), error);
    if (!error) socket.bind(endpoint, error);
  };
  if (input.transport == config::Transport::udp) {
    bind(asio::ip::udp::socket(io), asio::ip::udp::endpoint(address, input.port));
  } else {
    bind(asio::ip::tcp::acceptor(io), asio::ip::tcp::endpoint(address, input.port));
  }
  return error ? bind_error(input, error.value()).what() : "";
}

}  // namespace ingest

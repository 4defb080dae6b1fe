#include "sensor/ingest/bind.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "sensor/ingest/tls.h"
#include "sensor/runtime/clock.h"

namespace ingest {
namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::runtime_error bind_error(const config::Listen& input, int error_number) {
  const std::string what = fmt::format("input \"{}\" can't listen on {} ({})", input.name, input.address(),
                                       config::to_string(input.transport));
  const auto because = [&](const std::string& why) { return std::runtime_error(what + ": " + why); };
  if (config::is_unix(input.transport)) {
    switch (error_number) {
      case EADDRINUSE:
        return because("another process answers on this path, or a file that is no socket lies there");
      case ENOENT:
        return because("its folder doesn't exist");
      case EACCES:
        return because("its folder can't be written by this user");
      default:
        return because(std::strerror(error_number));
    }
  }
  switch (error_number) {
    case EADDRINUSE:
      return because(fmt::format("the port is taken; `ss -lp {} 'sport = :{}'` shows by whom",
                                 config::is_datagram(input.transport) ? "-u" : "-t", input.port));
    case EACCES:
      return because("ports below 1024 need the capability CAP_NET_BIND_SERVICE; the service has it, a shell does not");
    case EADDRNOTAVAIL:
      return because("no interface of this machine has that address; `ip address` lists them");
    default:
      return because(std::strerror(error_number));
  }
}

Address address_of(const config::Listen& input) {
  Address address;
  if (config::is_unix(input.transport)) {
    auto& local = reinterpret_cast<sockaddr_un&>(address.storage);
    local.sun_family = AF_UNIX;
    if (input.path.size() >= sizeof local.sun_path) throw bind_error(input, ENAMETOOLONG);
    input.path.copy(local.sun_path, input.path.size());
    address.length = sizeof local;
  } else if (input.host.find(':') == std::string::npos) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(input.port);
    inet_pton(AF_INET, input.host.c_str(), &v4.sin_addr);
    address.length = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(input.port);
    inet_pton(AF_INET6, input.host.c_str(), &v6.sin6_addr);
    address.length = sizeof v6;
  }
  return address;
}

// A socket file that nobody answers on is a dead process's.
void remove_leftover(const config::Listen& input, int type, const Address& address) {
  struct stat info{};
  if (::lstat(input.path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const Descriptor probe(::socket(AF_UNIX, type, 0));
  if (::connect(probe.get(), address.get(), address.length) != 0 && errno == ECONNREFUSED) ::unlink(input.path.c_str());
}

enum class Port { alone, shared };

Descriptor bound_socket(const config::Listen& input, Port sharing) {
  const Address address = address_of(input);
  const int type = config::is_datagram(input.transport) ? SOCK_DGRAM : SOCK_STREAM;
  if (config::is_unix(input.transport)) remove_leftover(input, type, address);
  Descriptor socket(::socket(address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (socket.get() < 0) throw bind_error(input, errno);
  // Without it a restart would wait for the connections of before to be forgotten.
  if (type == SOCK_STREAM) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (sharing == Port::shared) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(socket.get(), address.get(), address.length) != 0) throw bind_error(input, errno);
  if (config::is_unix(input.transport) && ::chmod(input.path.c_str(), input.socket_mode) != 0)
    throw bind_error(input, errno);
  if (type == SOCK_STREAM && ::listen(socket.get(), kBacklog) != 0) throw bind_error(input, errno);
  return socket;
}

}  // namespace

int open_socket(const config::Listen& input) { return bound_socket(input, Port::alone).release(); }

std::vector<int> open_datagram_sockets(const config::Listen& input) {
  if (config::is_unix(input.transport)) return {open_socket(input)};
  // Who shares a port is told nothing of others who do: that it is free is seen by taking it alone.
  {
    const Descriptor alone = bound_socket(input, Port::alone);
  }
  std::vector<Descriptor> sockets;
  while (sockets.size() < kDatagramSockets) sockets.push_back(bound_socket(input, Port::shared));
  std::vector<int> released;
  for (Descriptor& socket : sockets) released.push_back(socket.release());
  return released;
}

std::string tls_fault(const config::Listen& input) {
  if (!input.has_tls()) return {};
  try {
    const auto expires = certificate_expiry(*load_tls(input));
    if (expires > runtime::now()) return {};
    return fmt::format("input \"{}\": certificate {}: has expired; renew it", input.name, input.certificate);
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string connect_fault(const config::Listen& input) {
  try {
    const Descriptor socket(open_socket(input));
    if (config::is_unix(input.transport)) ::unlink(input.path.c_str());
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace ingest

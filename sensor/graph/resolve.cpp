#include "sensor/graph/resolve.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "sensor/graph/origin.h"

namespace graph {

struct Resolver::Lookup {
  bool done = false;  // under Shared::mutex, like the rest
  int error = 0;
  std::vector<std::string> addresses;
};

namespace {

int look_up(const std::string& host, std::vector<std::string>& addresses) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return error;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text);
    }
  }
  freeaddrinfo(found);
  return 0;
}

}  // namespace

std::vector<std::string> families_in_turn(std::vector<std::string> addresses) {
  const auto is_v6 = [](const std::string& address) { return address.find(':') != std::string::npos; };
  const bool v6_first = !addresses.empty() && is_v6(addresses.front());
  const auto others = std::stable_partition(addresses.begin(), addresses.end(),
                                            [&](const std::string& address) { return is_v6(address) == v6_first; });
  std::vector<std::string> out;
  for (auto a = addresses.begin(), b = others; a != others || b != addresses.end();) {
    if (a != others) out.push_back(std::move(*a++));
    if (b != addresses.end()) out.push_back(std::move(*b++));
  }
  return out;
}

parsers::Result<std::vector<std::string>> Resolver::resolve(const std::string& host, std::chrono::milliseconds limit) {
  if (is_address(host)) return std::vector<std::string>{host};
  auto lookup = std::make_shared<Lookup>();
  // Detached because nothing can end getaddrinfo; it touches only what it owns a share of.
  std::thread([shared = shared_, lookup, host] {
    std::vector<std::string> addresses;
    const int error = look_up(host, addresses);
    const std::lock_guard lock(shared->mutex);
    lookup->error = error;
    lookup->addresses = std::move(addresses);
    lookup->done = true;
    shared->changed.notify_all();
  }).detach();

  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_for(lock, limit, [&] { return lookup->done || shared_->stopped; });
  if (shared_->stopped) return parsers::Error{"stopped", 0, "stopped while looking up " + host + "."};
  if (!lookup->done) return parsers::Error{"timeout", 0, "the name server gave no answer for " + host + " in time."};
  if (lookup->error != 0 || lookup->addresses.empty()) {
    const char* why = lookup->error != 0 ? gai_strerror(lookup->error) : "no address";
    return parsers::Error{"resolve", 0, "could not look up " + host + ": " + why + ". Check DNS and the host's name."};
  }
  return std::move(lookup->addresses);
}

void Resolver::stop() {
  const std::lock_guard lock(shared_->mutex);
  shared_->stopped = true;
  shared_->changed.notify_all();
}

}  // namespace graph

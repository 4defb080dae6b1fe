#include "sensor/ingest/network.h"

#include <sys/resource.h>

#include <algorithm>

namespace ingest {
namespace {

constexpr auto kTick = std::chrono::seconds(1);

// Each connection is a descriptor, and the usual soft limit of 1024 is less than one input may have.
void allow_many_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // where it fails accept() says so when the time comes
}

bool has(const std::vector<config::Listen>& wanted, const config::Listen& settings) {
  return std::find(wanted.begin(), wanted.end(), settings) != wanted.end();
}

}  // namespace

std::unique_ptr<Listener> listen(boost::asio::io_context& io, Input& input, Intake& intake) {
  if (input.config.transport == config::Transport::tap) return listen_to_interface(io, input, intake);
  return config::is_datagram(input.config.transport) ? listen_for_datagrams(io, input, intake)
                                                     : listen_for_streams(io, input, intake);
}

Network::Network() : intake_(nobody_, [](storage::Batch&) { return false; }), ticker_(io_) {
  allow_many_descriptors();
  tick();
}

// Listeners end before the sockets' io_context does.
Network::~Network() { running_.clear(); }

void Network::detach() {
  intake_.connect(nobody_, [](storage::Batch&) { return false; });
}

void Network::listen(const std::vector<config::Listen>& wanted) {
  remove_closed();
  for (const config::Listen& settings : wanted) {
    const auto same =
        std::find_if(inputs_.begin(), inputs_.end(), [&](const Input& input) { return input.config == settings; });
    if (same != inputs_.end()) {
      inputs_.splice(inputs_.end(), inputs_, same);
      continue;
    }
    Input& input = inputs_.emplace_back(settings);
    try {
      running_.push_back({&input, ingest::listen(io_, input, intake_)});
    } catch (...) {
      inputs_.pop_back();
      throw;
    }
  }
}

void Network::retire(const std::vector<config::Listen>& wanted) {
  for (Running& one : running_) {
    if (one.is_retired || has(wanted, one.input->config)) continue;
    one.is_retired = true;
    one.listener->stop();
    const auto input =
        std::find_if(inputs_.begin(), inputs_.end(), [&](const Input& other) { return &other == one.input; });
    retired_inputs_.splice(retired_inputs_.end(), inputs_, input);
  }
}

bool Network::idle() const {
  return std::all_of(running_.begin(), running_.end(),
                     [](const Running& one) { return !one.is_retired || one.listener->idle(); });
}

bool Network::closed() const {
  return std::all_of(running_.begin(), running_.end(),
                     [](const Running& one) { return !one.is_retired || one.listener->closed(); });
}

void Network::tick() {
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (Running& one : running_) one.listener->tick();
    remove_closed();
    tick();
  });
}

void Network::remove_closed() {
  for (auto one = running_.begin(); one != running_.end();) {
    if (!one->is_retired || !one->listener->closed()) {
      ++one;
      continue;
    }
    one->listener.reset();
    retired_inputs_.remove_if([&](const Input& input) { return &input == one->input; });
    one = running_.erase(one);
  }
}

}  // namespace ingest

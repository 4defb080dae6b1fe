// The network side as a whole: the inputs, their listeners, the one Intake. It outlives a reload: inputs whose settings
// stay keep sockets, connections and counters.
//
// Threads: the network thread, which calls io().run(); `status` reads the counters of inputs() there too.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <vector>

#include "sensor/ingest/listener.h"

namespace ingest {

class Network {
 public:
  Network();
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  boost::asio::io_context& io() { return io_; }
  Intake& intake() { return intake_; }
  const std::list<Input>& inputs() const { return inputs_; }
  // Until the Intake is connected again it has no room; what waits in it stays.
  void detach();

  // Listens as `wanted` says, in its order; what listens so already goes on. Throws as listen() does: then every input
  // that could be had listens.
  void listen(const std::vector<config::Listen>& wanted);
  // Stops the inputs that `wanted` has not, with these very settings. Empty: all.
  void retire(const std::vector<config::Listen>& wanted);

  bool idle() const;    // no message of a retired input will come any more
  bool closed() const;  // and none is owed an answer

 private:
  struct Running {
    Input* input;
    std::unique_ptr<Listener> listener;
    bool is_retired = false;
  };
  void tick();
  void remove_closed();

  boost::asio::io_context io_{1};
  parsers::IdentityMap nobody_;
  Intake intake_;
  std::list<Input> inputs_, retired_inputs_;
  std::vector<Running> running_;
  boost::asio::steady_timer ticker_;
};

}  // namespace ingest

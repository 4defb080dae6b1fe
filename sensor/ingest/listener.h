// The sockets of [[listen]]: they move bytes and know nothing of what is in them.
//
// Threads: everything here runs on the network thread's io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "sensor/ingest/input.h"
#include "sensor/ingest/intake.h"

namespace ingest {

class Listener {
 public:
  virtual ~Listener() = default;
  // Takes no more from the network; what the kernel has received already is read to its end first.
  virtual void stop() = 0;
  // After stop(): nothing is under way any more.
  virtual bool idle() const = 0;
};

// Each binds at once; throws std::runtime_error with a sentence that names input, address and mend.
std::unique_ptr<Listener> listen_udp(boost::asio::io_context& io, Input& input, Intake& intake);
std::unique_ptr<Listener> listen_tcp(boost::asio::io_context& io, Input& input, Intake& intake);

// Connections an input holds at once; more are closed and counted as refused.
inline constexpr std::size_t kMaxConnections = 1024;

}  // namespace ingest

// The sockets of [[listen]] and the captures of [[tap]]: they move bytes and know nothing of what is in them.
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
  // Takes no more from the network. What the kernel has received already is read to its end first, except where the
  // sender would send it again.
  virtual void stop() = 0;
  // After stop(): no message will come any more.
  virtual bool idle() const = 0;
  // After idle(), and once every batch is settled: nobody is owed an answer, and the object may go.
  virtual bool closed() const = 0;
  // Once a second: timeouts, renewed certificates, counters that only the kernel has.
  virtual void tick() = 0;
};

// Binds at once; throws std::runtime_error with a sentence that names input, address and mend. All outlive the
// listener.
std::unique_ptr<Listener> listen(boost::asio::io_context& io, Input& input, Intake& intake);

// By transport; used by listen().
std::unique_ptr<Listener> listen_for_datagrams(boost::asio::io_context& io, Input& input, Intake& intake);
std::unique_ptr<Listener> listen_for_streams(boost::asio::io_context& io, Input& input, Intake& intake);
// An interface that is not there or down is waited for; one that may not be read is an error.
std::unique_ptr<Listener> listen_to_interface(boost::asio::io_context& io, Input& input, Intake& intake);

}  // namespace ingest

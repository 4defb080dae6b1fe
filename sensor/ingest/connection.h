// One accepted connection that carries bytes, whatever lies below: TCP, TLS or a Unix socket.
//
// Threads: the network thread. Ownership: the coroutines that await it hold a shared_ptr to its owner.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>

namespace ingest {

class Connection {
 public:
  struct Transfer {
    boost::system::error_code error;
    std::size_t count = 0;
  };

  virtual ~Connection() = default;
  // TLS: must have succeeded before anything is read or written. Others: nothing.
  virtual boost::asio::awaitable<boost::system::error_code> handshake() = 0;
  // At most one of each at a time.
  virtual boost::asio::awaitable<Transfer> read(boost::asio::mutable_buffer into) = 0;
  virtual boost::asio::awaitable<Transfer> write(boost::asio::const_buffer bytes) = 0;  // all of it
  // What the kernel has, without waiting; 0: nothing more. Not beside a read() that is under way.
  virtual std::size_t read_ready(boost::asio::mutable_buffer into) = 0;
  // What is under way ends with operation_aborted.
  virtual void cancel() = 0;
  virtual void close() = 0;
};

std::unique_ptr<Connection> make_connection(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Connection> make_connection(boost::asio::local::stream_protocol::socket socket);
// The connection shares the context: a renewed certificate doesn't touch those that are open.
std::unique_ptr<Connection> make_connection(boost::asio::ip::tcp::socket socket,
                                            std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace ingest

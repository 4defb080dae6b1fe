#include "sensor/ingest/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

// Stream: what is read and written. Socket: what is below it.
template <class Stream, class Socket>
class StreamConnection : public Connection {
 public:
  explicit StreamConnection(Stream stream) : stream_(std::move(stream)) {}

  asio::awaitable<error_code> handshake() override { co_return error_code(); }

  asio::awaitable<Transfer> read(asio::mutable_buffer into) override {
    auto [error, count] = co_await stream_.async_read_some(into, asio::as_tuple(asio::use_awaitable));
    co_return Transfer{error, count};
  }

  asio::awaitable<Transfer> write(asio::const_buffer bytes) override {
    auto [error, count] = co_await asio::async_write(stream_, bytes, asio::as_tuple(asio::use_awaitable));
    co_return Transfer{error, count};
  }

  std::size_t read_ready(asio::mutable_buffer into) override {
    error_code error;
    socket().non_blocking(true, error);
    const std::size_t count = error ? 0 : stream_.read_some(into, error);
    return error ? 0 : count;
  }

  void cancel() override {
    error_code ignored;  // a socket that is closed already has nothing under way
    socket().cancel(ignored);
  }

  void close() override {
    error_code ignored;  // the peer may have been faster
    socket().shutdown(Socket::shutdown_both, ignored);
    socket().close(ignored);
  }

 protected:
  Socket& socket() {
    if constexpr (std::is_same_v<Stream, Socket>)
      return stream_;
    else
      return stream_.next_layer();
  }

  Stream stream_;
};

using TlsStream = asio::ssl::stream<tcp::socket>;

class TlsConnection final : public StreamConnection<TlsStream, tcp::socket> {
 public:
  TlsConnection(tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
      : StreamConnection(TlsStream(std::move(socket), *context)), context_(std::move(context)) {}

  asio::awaitable<error_code> handshake() override {
    auto [error] =
        co_await stream_.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
    co_return error;
  }

 private:
  std::shared_ptr<asio::ssl::context> context_;
};

}  // namespace

std::unique_ptr<Connection> make_connection(tcp::socket socket) {
  return std::make_unique<StreamConnection<tcp::socket, tcp::socket>>(std::move(socket));
}

std::unique_ptr<Connection> make_connection(stream_protocol::socket socket) {
  return std::make_unique<StreamConnection<stream_protocol::socket, stream_protocol::socket>>(std::move(socket));
}

std::unique_ptr<Connection> make_connection(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls) {
  return std::make_unique<TlsConnection>(std::move(socket), std::move(tls));
}

}  // namespace ingest

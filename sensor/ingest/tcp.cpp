// TCP: octet-counted frames and delimited lines, decided frame by frame (RFC 6587).

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "parsers/frame.h"
#include "sensor/ingest/bind_error.h"
#include "sensor/ingest/listener.h"
#include "sensor/ingest/peers.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/log.h"

namespace ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr auto kRoomPoll = std::chrono::milliseconds(2);  // how often a waiting sender's session looks for room

// The bytes received and not yet framed.
class ReadBuffer {
 public:
  explicit ReadBuffer(std::size_t capacity) : bytes_(capacity) {}
  std::string_view view() const { return {bytes_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t count) { begin_ += count; }
  void commit(std::size_t count) { end_ += count; }
  asio::mutable_buffer free() {
    if (bytes_.size() - end_ < kReadBytes && begin_ > 0) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return asio::buffer(bytes_.data() + end_, bytes_.size() - end_);
  }

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0, end_ = 0;
};

class TcpListener final : public Listener {
 public:
  TcpListener(asio::io_context& io, Input& input, Intake& intake)
      : io_(io), input_(input), intake_(intake), allow_(input.config.allow), acceptor_(io) {
    boost::system::error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(input_.config.host), input_.config.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw bind_error(input_.config, error.value());
    asio::co_spawn(io_, accept(), asio::detached);
  }

  void stop() override {
    stopping_ = true;
    boost::system::error_code ignored;  // a failing close of a listening socket loses nothing
    acceptor_.close(ignored);
    for (tcp::socket* socket : sockets_) socket->cancel(ignored);
  }

 private:
  asio::awaitable<void> accept() {
    while (!stopping_) {
      auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // out of descriptors, or a peer gone already: the next may do better
        if (log_limit_.pass())
          spdlog::warn("A connection can't be accepted. input={} error=\"{}\"", input_.config.name, error.message());
        co_await pause(std::chrono::milliseconds(100));
        continue;
      }
      boost::system::error_code no_peer;
      const tcp::endpoint remote = socket.remote_endpoint(no_peer);
      const std::string peer = no_peer ? std::string() : peer_name(remote.address());
      if (no_peer || !allow_.allows(peer) || sockets_.size() >= kMaxConnections) {
        input_.stats.refused.fetch_add(1, std::memory_order_relaxed);
        continue;
      }
      asio::co_spawn(io_, serve(std::move(socket), peer), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket, std::string peer) {
    sockets_.insert(&socket);
    parsers::Framer framer(input_.config.max_message_bytes);
    ReadBuffer buffer(input_.config.max_message_bytes + 2 * kReadBytes);
    for (bool open = true; open;) {
      auto [error, count] = co_await socket.async_read_some(buffer.free(), asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted && stopping_) {
        count = read_rest(socket, buffer.free(), error);
        if (count == 0) error = asio::error::eof;
      }
      buffer.commit(count);
      const parsers::TimePoint received = runtime::now();
      for (;;) {
        while (!intake_.has_room()) co_await pause(kRoomPoll);
        if (!take_frame(framer.next(buffer.view()), buffer, peer, received)) break;
      }
      open = !error;
    }
    const parsers::TimePoint received = runtime::now();
    while (!buffer.view().empty() && take_frame(framer.finish(buffer.view()), buffer, peer, received)) {
    }
    sockets_.erase(&socket);
  }

  // False when the framer needs more.
  bool take_frame(const parsers::FrameResult& frame, ReadBuffer& buffer, const std::string& peer,
                  parsers::TimePoint received) {
    switch (frame.kind) {
      case parsers::FrameResult::Kind::message:
        intake_.take(input_, peer, frame.message, received);
        break;
      case parsers::FrameResult::Kind::bad:
        intake_.refuse(input_, peer, frame.rejected, frame.error, received);
        break;
      case parsers::FrameResult::Kind::need_more:
        break;
    }
    buffer.consume(frame.consumed);
    return frame.kind != parsers::FrameResult::Kind::need_more;
  }

  // While stopping: what the kernel has, without waiting. Clears `error` so that the session goes on until it is dry.
  static std::size_t read_rest(tcp::socket& socket, asio::mutable_buffer into, boost::system::error_code& error) {
    boost::system::error_code read_error;
    socket.non_blocking(true, read_error);
    const std::size_t count = socket.read_some(into, read_error);
    if (!read_error) error.clear();
    return read_error ? 0 : count;
  }

  asio::awaitable<void> pause(std::chrono::milliseconds duration) {
    asio::steady_timer timer(io_, duration);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  asio::io_context& io_;
  Input& input_;
  Intake& intake_;
  AllowList allow_;
  tcp::acceptor acceptor_;
  std::unordered_set<tcp::socket*> sockets_;
  bool stopping_ = false;
  runtime::LogLimit log_limit_;
};

}  // namespace

std::unique_ptr<Listener> listen_tcp(asio::io_context& io, Input& input, Intake& intake) {
  return std::make_unique<TcpListener>(io, input, intake);
}

}  // namespace ingest

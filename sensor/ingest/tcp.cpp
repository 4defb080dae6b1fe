// TCP: octet-counted frames and delimited lines, decided frame by frame (RFC 6587).

#include <netinet/tcp.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <memory>
#include <tuple>
#include <unordered_set>

#include "parsers/frame.h"
#include "sensor/ingest/bind_error.h"
#include "sensor/ingest/listener.h"
#include "sensor/ingest/peers.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/log.h"
#include "sensor/runtime/task.h"

namespace ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr auto kRoomPoll = std::chrono::milliseconds(2);  // how often a waiting sender's session looks for room

// The bytes received and not yet framed.
class ReadBuffer {
 public:
  // Left untouched until it is read into: most connections never need more than a page of it.
  explicit ReadBuffer(std::size_t capacity)
      : capacity_(capacity), bytes_(std::make_unique_for_overwrite<char[]>(capacity)) {}
  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t count) { begin_ += count; }
  void commit(std::size_t count) { end_ += count; }
  asio::mutable_buffer free() {
    if (capacity_ - end_ < kReadBytes && begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return asio::buffer(bytes_.get() + end_, capacity_ - end_);
  }

 private:
  std::size_t capacity_;
  std::unique_ptr<char[]> bytes_;
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
    asio::co_spawn(io_, accept(), runtime::rethrow);
  }

  bool idle() const override { return sockets_.empty(); }

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
        if (sockets_.size() >= kMaxConnections && log_limit_.pass()) {
          spdlog::warn("An input has as many connections as it may; more are refused. input={} connections={}",
                       input_.config.name, sockets_.size());
        }
        continue;
      }
      notice_dead_peers(socket);
      asio::co_spawn(io_, session(std::move(socket), peer), asio::detached);
    }
  }

  // A firewall that failed over never says goodbye.
  static void notice_dead_peers(tcp::socket& socket) {
    boost::system::error_code ignored;  // without it the connection only lives longer
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const int idle_seconds = 60, interval_seconds = 15;
    setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
    setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  }

  asio::awaitable<void> session(tcp::socket socket, std::string peer) {
    sockets_.insert(&socket);
    try {
      co_await serve(socket, peer);
    } catch (const std::exception& error) {
      if (log_limit_.pass())
        spdlog::error("A connection is given up. input={} peer={} error=\"{}\"", input_.config.name, peer,
                      error.what());
    }
    sockets_.erase(&socket);
  }

  asio::awaitable<void> serve(tcp::socket& socket, const std::string& peer) {
    parsers::Framer framer(input_.config.max_message_bytes);
    ReadBuffer buffer(input_.config.max_message_bytes + 2 * kReadBytes);
    for (bool open = true; open;) {
      boost::system::error_code error;
      std::size_t count = 0;
      if (!stopping_)
        std::tie(error, count) = co_await socket.async_read_some(buffer.free(), asio::as_tuple(asio::use_awaitable));
      if (stopping_ && count == 0) {
        count = read_rest(socket, buffer.free());
        if (count == 0)
          error = asio::error::eof;
        else
          error.clear();
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

  // While stopping: what the kernel has, without waiting. 0: nothing more.
  static std::size_t read_rest(tcp::socket& socket, asio::mutable_buffer into) {
    boost::system::error_code error;
    socket.non_blocking(true, error);
    const std::size_t count = socket.read_some(into, error);
    return error ? 0 : count;
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

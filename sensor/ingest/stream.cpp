// Inputs with connections: tcp, tls, relp, unix-stream.

#include <netinet/tcp.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "sensor/ingest/bind.h"
#include "sensor/ingest/connections.h"
#include "sensor/ingest/listener.h"
#include "sensor/ingest/peers.h"
#include "sensor/ingest/tls.h"
#include "sensor/runtime/task.h"

namespace ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

// A firewall that failed over never says goodbye.
void notice_dead_peers(tcp::socket& socket) {
  error_code ignored;  // without it the connection only lives longer
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  const int idle_seconds = 60, interval_seconds = 15;
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
}

template <class Protocol>
class StreamListener final : public Listener {
 public:
  using Socket = typename Protocol::socket;

  StreamListener(asio::io_context& io, Input& input, Intake& intake, const Protocol& protocol)
      : io_(io), input_(input), allow_(input.config.allow), acceptor_(io), connections_(io, input, intake) {
    if (input.config.has_tls()) {
      tls_.emplace(input.config);
      note_expiry();
    }
    acceptor_.assign(protocol, open_socket(input.config));
    asio::co_spawn(io_, accept(), runtime::rethrow);
  }

  bool idle() const override { return connections_.idle() && !accepts_; }
  bool closed() const override { return connections_.closed() && !accepts_; }

  void stop() override {
    stopping_ = true;
    error_code ignored;  // a failing close of a listening socket loses nothing
    acceptor_.close(ignored);
    retry_.cancel();
    if (config::is_unix(input_.config.transport)) ::unlink(input_.config.path.c_str());
    connections_.stop();
  }

  void tick() override {
    connections_.tick();
    if (tls_) renew();
  }

 private:
  asio::awaitable<void> accept() {
    accepts_ = true;
    while (!stopping_) {
      auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (stopping_) break;
      if (!error) {
        welcome(std::move(socket));
        continue;
      }
      // Out of descriptors, or a peer gone already: the next may do better.
      if (log_limit_.pass())
        spdlog::warn("A connection can't be accepted. input={} error=\"{}\"", input_.config.name, error.message());
      retry_.expires_after(kAcceptRetry);
      co_await retry_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    accepts_ = false;
  }

  void welcome(Socket socket) {
    error_code gone;
    std::string peer;
    if constexpr (std::is_same_v<Protocol, tcp>) {
      const tcp::endpoint remote = socket.remote_endpoint(gone);
      if (!gone) peer = peer_name(remote.address());
      if (gone || !allow_.allows(peer)) {
        input_.stats.refused.fetch_add(1, std::memory_order_relaxed);
        return;
      }
    }
    if (!connections_.admits(peer)) return;
    if constexpr (std::is_same_v<Protocol, tcp>) {
      notice_dead_peers(socket);
      if (tls_) return connections_.add(make_connection(std::move(socket), tls_->context()), peer);
    }
    connections_.add(make_connection(std::move(socket)), peer);
  }

  void renew() {
    std::string error;
    const TlsFiles::Renewal renewal = tls_->look(error);
    if (renewal == TlsFiles::Renewal::unchanged) return;
    input_.stats.certificate_unusable = renewal == TlsFiles::Renewal::failed;
    if (renewal == TlsFiles::Renewal::failed) {
      spdlog::error("The certificate's files have changed and can't be used; the one of before serves on. {}", error);
      return;
    }
    note_expiry();
    spdlog::info("A renewed certificate serves. input={} certificate={}", input_.config.name,
                 input_.config.certificate);
  }

  void note_expiry() {
    input_.stats.certificate_expires_seconds = certificate_expiry(*tls_->context()).time_since_epoch().count();
  }

  asio::io_context& io_;
  Input& input_;
  AllowList allow_;
  typename Protocol::acceptor acceptor_;
  asio::steady_timer retry_{io_};
  std::optional<TlsFiles> tls_;
  Connections connections_;
  bool accepts_ = true, stopping_ = false;
  runtime::LogLimit log_limit_;
};

}  // namespace

std::unique_ptr<Listener> listen_for_streams(asio::io_context& io, Input& input, Intake& intake) {
  if (input.config.transport == config::Transport::unix_stream)
    return std::make_unique<StreamListener<stream_protocol>>(io, input, intake, stream_protocol());
  const bool is_v6 = input.config.host.find(':') != std::string::npos;
  return std::make_unique<StreamListener<tcp>>(io, input, intake, is_v6 ? tcp::v6() : tcp::v4());
}

}  // namespace ingest

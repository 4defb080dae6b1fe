#include "sensor/runtime/http_server.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <stdexcept>

namespace runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::size_t kMaxConnections = 16;
constexpr std::size_t kMaxHeaderBytes = 8 * 1024;
constexpr auto kConnectionTime = std::chrono::seconds(10);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // after a failure: out of descriptors

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, Answer answerer) : io(context), answer(std::move(answerer)), acceptor(context) {}

  void open(const std::string& host, std::uint16_t port) {
    boost::system::error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(host, error), port);
    if (!error) acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw std::runtime_error(fmt::format("[status] metrics {}:{}: {}", host, port, error.message()));
    asio::co_spawn(io, accept(shared_from_this()), asio::detached);
  }

  static asio::awaitable<void> accept(std::shared_ptr<Impl> self) {
    while (self->acceptor.is_open()) {
      auto [error, socket] = co_await self->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted || !self->acceptor.is_open()) co_return;
      if (error) {
        asio::steady_timer timer(self->io, kAcceptPause);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        continue;
      }
      if (self->connections >= kMaxConnections) continue;
      asio::co_spawn(self->io, serve(self, std::move(socket)), asio::detached);
    }
  }

  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, tcp::socket socket) {
    ++self->connections;
    const std::shared_ptr<void> leaving(nullptr, [self](void*) { --self->connections; });
    beast::tcp_stream stream(std::move(socket));
    stream.expires_after(kConnectionTime);
    beast::flat_buffer buffer(kMaxHeaderBytes);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(kMaxHeaderBytes);
    auto [error, count] = co_await http::async_read_header(stream, buffer, parser, asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    auto response = self->respond(parser.get());
    co_await http::async_write(stream, response, asio::as_tuple(asio::use_awaitable));
    boost::system::error_code ignored;  // the peer may have gone already
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  http::response<http::string_body> respond(const http::request<http::empty_body>& request) const {
    HttpAnswer made{405, "text/plain; charset=utf-8", "only GET and HEAD\n"};
    const bool head = request.method() == http::verb::head;
    if (head || request.method() == http::verb::get) {
      const std::string_view target(request.target().data(), request.target().size());
      made = answer ? answer(target.substr(0, target.find('?'))) : HttpAnswer{503, made.type, "stopping\n"};
    }
    http::response<http::string_body> response(static_cast<http::status>(made.status), request.version());
    response.set(http::field::content_type, made.type);
    response.set(http::field::cache_control, "no-store");
    response.keep_alive(false);
    response.content_length(made.body.size());
    if (!head) response.body() = std::move(made.body);
    return response;
  }

  asio::io_context& io;
  Answer answer;
  tcp::acceptor acceptor;
  std::size_t connections = 0;
};

HttpServer::HttpServer(asio::io_context& io, const std::string& host, std::uint16_t port, Answer answer)
    : impl_(std::make_shared<Impl>(io, std::move(answer))) {
  impl_->open(host, port);
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::stop() {
  boost::system::error_code ignored;  // a failing close of a listening socket loses nothing
  impl_->acceptor.close(ignored);
  impl_->answer = nullptr;
}

}  // namespace runtime

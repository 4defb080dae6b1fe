#include "sensor/runtime/control_socket.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <list>
#include <stdexcept>
#include <thread>

namespace runtime {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::local::stream_protocol;

constexpr std::size_t kMaxRequestBytes = 4096;
constexpr std::size_t kMaxAnswerBytes = 16u << 20;
constexpr std::size_t kMaxClients = 32;
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
constexpr auto kAskAgain = std::chrono::milliseconds(50);
constexpr auto kPatience = std::chrono::seconds(10);  // for a client to ask and to read
constexpr auto kFollowInterval = std::chrono::milliseconds(100);
constexpr int kIntervalsOfSilence = 10;  // then an empty line shows whether the reader is still there

struct Client {
  explicit Client(stream_protocol::socket with) : socket(std::move(with)), timer(socket.get_executor(), kPatience) {}
  void end() {
    boost::system::error_code ignored;  // it may have gone itself
    socket.close(ignored);
    timer.cancel();
  }
  stream_protocol::socket socket;
  asio::steady_timer timer;
};

}  // namespace

struct ControlSocket::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, std::string socket_path, Answer answerer, Follow follower)
      : io(context),
        path(std::move(socket_path)),
        answer(std::move(answerer)),
        follow(std::move(follower)),
        acceptor(context) {}

  void open() {
    stream_protocol::socket probe(io);
    boost::system::error_code error;
    probe.connect(stream_protocol::endpoint(path), error);
    if (!error) throw std::runtime_error(fmt::format("{}: another lurewatch answers on this socket already", path));
    struct stat info{};
    const bool is_socket = ::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
    if (is_socket && error == boost::system::errc::connection_refused) ::unlink(path.c_str());
    acceptor.open(stream_protocol(), error);
    acceptor.bind(stream_protocol::endpoint(path), error);
    if (!error) acceptor.listen(16, error);
    if (error) throw std::runtime_error(fmt::format("[status] socket {}: {}", path, error.message()));
    bound = true;
    ::chmod(path.c_str(), 0660);
    asio::co_spawn(io, accept(shared_from_this()), asio::detached);
  }

  static asio::awaitable<void> accept(std::shared_ptr<Impl> self) {
    self->accepts = true;
    while (self->acceptor.is_open()) {
      auto [error, socket] = co_await self->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted || !self->acceptor.is_open()) break;
      if (error) {  // out of descriptors: later there may be some
        asio::steady_timer later(self->io, kAcceptRetry);
        co_await later.async_wait(asio::as_tuple(asio::use_awaitable));
        continue;
      }
      if (self->clients.size() >= kMaxClients) {
        self->clients.front()->end();
        self->clients.pop_front();
      }
      const auto client = std::make_shared<Client>(std::move(socket));
      self->clients.push_back(client);
      client->timer.async_wait([client](const boost::system::error_code& cancelled) {
        if (!cancelled) client->end();
      });
      asio::co_spawn(self->io, serve(self, client), asio::detached);
    }
    self->accepts = false;
  }

  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, std::shared_ptr<Client> client) {
    ++self->serving;
    std::string request;
    auto [error, length] = co_await asio::async_read_until(
        client->socket, asio::dynamic_buffer(request, kMaxRequestBytes), '\n', asio::as_tuple(asio::use_awaitable));
    if (!error) {
      const json::object asked = parse(request.substr(0, length));
      if (const auto stream = self->follow ? self->follow(asked) : nullptr) {
        co_await send(client, *stream);
      } else {
        const std::string line = json::serialize(self->respond(asked)) + "\n";
        co_await asio::async_write(client->socket, asio::buffer(line), asio::as_tuple(asio::use_awaitable));
      }
    }
    client->end();
    self->clients.remove(client);
    --self->serving;
  }

  // Until the reader goes, however slowly it reads.
  static asio::awaitable<void> send(std::shared_ptr<Client> client, Stream& stream) {
    std::string lines;
    bool more = true;
    for (int silent = 0; more && client->socket.is_open(); lines.clear()) {
      more = stream.take(lines);
      if (lines.empty() && ++silent >= kIntervalsOfSilence) lines = "\n";
      if (!lines.empty()) {
        silent = 0;
        client->timer.cancel();  // a reader that reads nothing keeps its place only while nobody else wants it
        auto [error, sent] =
            co_await asio::async_write(client->socket, asio::buffer(lines), asio::as_tuple(asio::use_awaitable));
        if (error) break;
      }
      client->timer.expires_after(kFollowInterval);
      co_await client->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }

  static json::object parse(const std::string& request) {
    boost::system::error_code error;
    const json::value parsed = json::parse(request, error);
    return !error && parsed.is_object() ? parsed.as_object() : json::object();
  }

  json::object respond(const json::object& request) const {
    const json::value* command = request.if_contains("command");
    if (!command || !command->is_string()) return {{"error", "a request is {\"command\": NAME}"}};
    return answer(std::string(command->as_string()));
  }

  asio::io_context& io;
  std::string path;
  Answer answer;
  Follow follow;
  stream_protocol::acceptor acceptor;
  bool bound = false, accepts = false;
  std::size_t serving = 0;
  std::list<std::shared_ptr<Client>> clients;  // oldest first
};

ControlSocket::ControlSocket(asio::io_context& io, const std::string& path, Answer answer, Follow follow)
    : impl_(std::make_shared<Impl>(io, path, std::move(answer), std::move(follow))) {
  impl_->open();
}

ControlSocket::~ControlSocket() { stop(); }

void ControlSocket::stop() {
  if (!impl_->bound) return;
  impl_->bound = false;
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  ::unlink(impl_->path.c_str());
  for (const auto& client : impl_->clients) client->end();
}

bool ControlSocket::closed() const { return !impl_->accepts && impl_->serving == 0; }

namespace {

void request_on(stream_protocol::socket& socket, const std::string& path, const json::object& request,
                boost::system::error_code& code) {
  const timeval patience{5, 0};
  socket.open(stream_protocol(), code);
  if (!code) setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (!code) socket.connect(stream_protocol::endpoint(path), code);
  if (!code) asio::write(socket, asio::buffer(json::serialize(request) + "\n"), code);
}

std::string converse(const std::string& path, const std::string& command, boost::system::error_code& code) {
  asio::io_context io;
  stream_protocol::socket socket(io);
  request_on(socket, path, {{"command", command}}, code);
  std::string answer;
  if (!code) asio::read_until(socket, asio::dynamic_buffer(answer, kMaxAnswerBytes), '\n', code);
  return answer;
}

// Nobody listens on the path, or the listener went while it was asked: both are so for moments of a reload.
bool may_be_reloading(const boost::system::error_code& code) {
  return code == boost::system::errc::no_such_file_or_directory || code == boost::system::errc::connection_refused ||
         code == boost::system::errc::connection_reset || code == boost::system::errc::broken_pipe ||
         code == asio::error::eof;
}

}  // namespace

std::optional<json::object> ask(const std::string& path, const std::string& command, std::string& error,
                                std::chrono::milliseconds reload) {
  const auto deadline = std::chrono::steady_clock::now() + reload;
  boost::system::error_code code;
  std::string answer = converse(path, command, code);
  while (may_be_reloading(code) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kAskAgain);
    code.clear();
    answer = converse(path, command, code);
  }
  if (code) {
    error = fmt::format("no running lurewatch answers on {}: {}", path, code.message());
    return std::nullopt;
  }
  const json::value parsed = json::parse(answer, code);
  if (code || !parsed.is_object()) {
    error = fmt::format("the answer on {} is no JSON object", path);
    return std::nullopt;
  }
  return parsed.as_object();
}

bool follow(const std::string& path, const json::object& request, std::string& error,
            const std::function<bool(std::string_view line)>& on_line) {
  asio::io_context io;
  stream_protocol::socket socket(io);
  boost::system::error_code code;
  request_on(socket, path, request, code);
  std::string lines;
  while (!code) {
    const std::size_t length = asio::read_until(socket, asio::dynamic_buffer(lines, kMaxAnswerBytes), '\n', code);
    if (code == asio::error::interrupted) {  // stopped and continued, as a shell's job
      code.clear();
      continue;
    }
    if (code) break;
    if (!on_line(std::string_view(lines).substr(0, length - 1))) return true;
    lines.erase(0, length);
  }
  error = fmt::format("no running lurewatch answers on {}: {}", path, code.message());
  return false;
}

}  // namespace runtime

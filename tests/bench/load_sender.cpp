#include "tests/bench/load_sender.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace bench {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::size_t kDatagramsAtOnce = 64;
constexpr std::size_t kRelpWindow = 512;  // messages without an answer

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

class Socket {
 public:
  Socket(int domain, int type) : descriptor_(::socket(domain, type | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) fail("socket");
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::unique_ptr<Socket> connect_to(const std::string& address, int type) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error(address + ": host:port is needed");
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = type;
  std::string host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (const int error = ::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found); error != 0)
    throw std::runtime_error(address + ": " + ::gai_strerror(error));
  auto socket = std::make_unique<Socket>(found->ai_family, type);
  const int result = ::connect(socket->descriptor(), found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  if (result != 0) fail("connect to " + address);
  return socket;
}

std::unique_ptr<Socket> connect_to_path(const std::string& path, int type) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) throw std::runtime_error(path + ": too long for a socket");
  std::memcpy(name.sun_path, path.c_str(), path.size());
  auto socket = std::make_unique<Socket>(AF_UNIX, type);
  if (::connect(socket->descriptor(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) fail("connect to " + path);
  return socket;
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Frames gather in a buffer; subclasses write it.
class StreamSender : public LoadSender {
 public:
  explicit StreamSender(Framing framing) : framing_(framing) {}
  void send(std::span<const std::string_view> messages) override {
    for (const std::string_view message : messages) {
      if (framing_ == Framing::counted)
        buffer_.append(std::to_string(message.size())).append(" ").append(message);
      else
        buffer_.append(message).append("\n");
      if (buffer_.size() >= kBufferBytes) flush();
    }
    flush();
  }

 protected:
  virtual void write(std::string_view bytes) = 0;

 private:
  void flush() {
    write(buffer_);
    buffer_.clear();
  }
  Framing framing_;
  std::string buffer_;
};

class PlainStream : public StreamSender {
 public:
  PlainStream(std::unique_ptr<Socket> socket, Framing framing) : StreamSender(framing), socket_(std::move(socket)) {}
  void finish() override {
    // The other side has read everything when it closes as well.
    ::shutdown(socket_->descriptor(), SHUT_WR);
    char byte = 0;
    while (::read(socket_->descriptor(), &byte, 1) > 0) {
    }
  }

 protected:
  void write(std::string_view bytes) override { write_all(socket_->descriptor(), bytes); }

 private:
  std::unique_ptr<Socket> socket_;
};

class StandardOutput : public StreamSender {
 public:
  using StreamSender::StreamSender;

 protected:
  void write(std::string_view bytes) override { write_all(STDOUT_FILENO, bytes); }
};

class TlsStream : public StreamSender {
 public:
  TlsStream(std::unique_ptr<Socket> socket, Framing framing)
      : StreamSender(framing), socket_(std::move(socket)), context_(SSL_CTX_new(TLS_client_method())) {
    tls_.reset(context_ ? SSL_new(context_.get()) : nullptr);
    if (!tls_ || SSL_set_fd(tls_.get(), socket_->descriptor()) != 1 || SSL_connect(tls_.get()) != 1)
      throw std::runtime_error("the TLS handshake failed");
  }
  void finish() override {
    if (SSL_shutdown(tls_.get()) == 0) SSL_shutdown(tls_.get());
  }

 protected:
  void write(std::string_view bytes) override {
    if (!bytes.empty() && SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
      throw std::runtime_error("the TLS connection broke");
  }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  std::unique_ptr<Socket> socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> tls_;
};

class Datagrams : public LoadSender {
 public:
  explicit Datagrams(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
  void send(std::span<const std::string_view> messages) override {
    std::vector<iovec> pieces(messages.size());
    std::vector<mmsghdr> headers(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      pieces[i] = {const_cast<char*>(messages[i].data()), messages[i].size()};
      headers[i].msg_hdr.msg_iov = &pieces[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
    for (std::size_t sent = 0; sent < headers.size();) {
      const auto wanted = static_cast<unsigned>(std::min(kDatagramsAtOnce, headers.size() - sent));
      const int count = ::sendmmsg(socket_->descriptor(), &headers[sent], wanted, 0);
      // A datagram that nobody listens for is lost like any other: verify tells.
      if (count < 0 && errno == ECONNREFUSED) continue;
      if (count < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
      if (count < 0) fail("send");
      sent += static_cast<std::size_t>(count);
    }
  }

 private:
  std::unique_ptr<Socket> socket_;
};

// RELP: "txnr command length[ data]\n" one way, "txnr rsp length[ data]\n" the other.
class RelpSender : public LoadSender {
 public:
  explicit RelpSender(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {
    frame("open", "relp_version=0\nrelp_software=lurewatch_load\ncommands=syslog");
    flush();
    wait_until(0);
  }
  void send(std::span<const std::string_view> messages) override {
    for (const std::string_view message : messages) {
      frame("syslog", message);
      ++sent_;
      if (transaction_ - answered_ >= kRelpWindow) {
        flush();
        wait_until(kRelpWindow / 2);
      }
    }
    flush();
  }
  void finish() override {
    frame("close", "");
    flush();
    wait_until(1);  // the close itself may go unanswered
  }
  std::optional<std::uint64_t> acknowledged() override {
    // What was answered before the connection broke lies in the kernel still.
    char bytes[16 * 1024];
    for (ssize_t count; (count = ::recv(socket_->descriptor(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) {
      answers_.append(bytes, static_cast<std::size_t>(count));
      take_answers();
    }
    return std::min(answered_ - 1, sent_);  // the first answer is that to "open", one behind them that to "close"
  }

 private:
  void frame(std::string_view command, std::string_view data) {
    buffer_.append(std::to_string(++transaction_)).append(" ").append(command).append(" ");
    buffer_.append(std::to_string(data.size()));
    if (!data.empty()) buffer_.append(" ").append(data);
    buffer_ += '\n';
    if (buffer_.size() >= kBufferBytes) flush();
  }
  void flush() {
    write_all(socket_->descriptor(), buffer_);
    buffer_.clear();
  }

  void wait_until(std::size_t on_the_way) {
    char bytes[16 * 1024];
    while (transaction_ - answered_ > on_the_way) {
      const ssize_t count = ::read(socket_->descriptor(), bytes, sizeof bytes);
      if (count <= 0) throw std::runtime_error("the RELP connection broke");
      answers_.append(bytes, static_cast<std::size_t>(count));
      take_answers();
    }
  }

  // Answers come in order, and all but the first are "200 OK".
  void take_answers() {
    std::size_t begin = 0;
    for (;;) {
      const std::size_t command = answers_.find(" rsp ", begin);
      if (command == std::string::npos) break;
      const std::size_t length_begin = command + 5, length_end = answers_.find_first_of(" \n", length_begin);
      if (length_end == std::string::npos) break;
      const std::size_t length = std::stoul(answers_.substr(length_begin, length_end - length_begin));
      const std::size_t end = length_end + (length == 0 ? 0 : 1) + length;
      if (answers_.size() <= end) break;
      if (length >= 3 && answers_.compare(length_end + 1, 3, "200") != 0)
        throw std::runtime_error("a message was refused: " + answers_.substr(length_end + 1, length));
      ++answered_;
      begin = end + 1;
    }
    answers_.erase(0, begin);
  }

  std::unique_ptr<Socket> socket_;
  std::uint64_t transaction_ = 0, answered_ = 0, sent_ = 0;  // sent: messages alone
  std::string buffer_, answers_;
};

}  // namespace

std::unique_ptr<LoadSender> make_sender(const std::string& transport, const std::string& address, Framing framing) {
  ::signal(SIGPIPE, SIG_IGN);
  if (transport == "stdout") return std::make_unique<StandardOutput>(Framing::lines);
  if (transport == "udp") return std::make_unique<Datagrams>(connect_to(address, SOCK_DGRAM));
  if (transport == "tcp") return std::make_unique<PlainStream>(connect_to(address, SOCK_STREAM), framing);
  if (transport == "tls") return std::make_unique<TlsStream>(connect_to(address, SOCK_STREAM), framing);
  if (transport == "relp") return std::make_unique<RelpSender>(connect_to(address, SOCK_STREAM));
  if (transport == "unix-dgram") return std::make_unique<Datagrams>(connect_to_path(address, SOCK_DGRAM));
  if (transport == "unix-stream") return std::make_unique<PlainStream>(connect_to_path(address, SOCK_STREAM), framing);
  throw std::runtime_error(transport + ": no such transport");
}

}  // namespace bench

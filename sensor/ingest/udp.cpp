// UDP: one message a datagram (RFC 5426), received in batches.

#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <vector>

#include "sensor/ingest/bind_error.h"
#include "sensor/ingest/listener.h"
#include "sensor/ingest/peers.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/task.h"

namespace ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

constexpr unsigned kDatagrams = 64;             // a recvmmsg call
constexpr std::size_t kDatagramBytes = 65'536;  // the most that UDP carries
constexpr int kRounds = 16;                     // calls before other work on the thread gets its turn
constexpr int kRoundsWhileStopping = 4096;
constexpr int kReceiveBufferBytes = 32 << 20;

class UdpListener final : public Listener {
 public:
  UdpListener(asio::io_context& io, Input& input, Intake& intake)
      : input_(input), intake_(intake), allow_(input.config.allow), socket_(io), storage_(kDatagrams * kDatagramBytes) {
    bind();
    for (unsigned i = 0; i < kDatagrams; ++i) {
      vectors_[i] = {storage_.data() + i * kDatagramBytes, kDatagramBytes};
    }
    asio::co_spawn(io, serve(), runtime::rethrow);
  }

  bool idle() const override { return true; }

  void stop() override {
    if (!socket_.is_open()) return;
    // A flood must not keep us: a full receive buffer's worth, then what still comes is the kernel's to drop.
    for (int round = 0; round < kRoundsWhileStopping && receive() == kDatagrams; ++round) {
    }
    boost::system::error_code ignored;  // closing a datagram socket has nothing to lose
    socket_.close(ignored);
  }

 private:
  void bind() {
    boost::system::error_code error;
    const udp::endpoint endpoint(asio::ip::make_address(input_.config.host), input_.config.port);
    socket_.open(endpoint.protocol(), error);
    if (!error) socket_.bind(endpoint, error);
    if (error) throw bind_error(input_.config, error.value());
    socket_.non_blocking(true);
    const int fd = socket_.native_handle();
    // Beyond net.core.rmem_max where we may, up to it where we may not.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes) != 0) {
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
    }
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  }

  asio::awaitable<void> serve() {
    for (;;) {
      boost::system::error_code error;
      co_await socket_.async_wait(udp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) throw boost::system::system_error(error, "input " + input_.config.name);
      for (int round = 0; round < kRounds && receive() == kDatagrams; ++round) {
      }
    }
  }

  // One batch; how many datagrams it held.
  unsigned receive() {
    for (unsigned i = 0; i < kDatagrams; ++i) {
      messages_[i] = {};
      messages_[i].msg_hdr.msg_name = &peers_[i];
      messages_[i].msg_hdr.msg_namelen = sizeof peers_[i];
      messages_[i].msg_hdr.msg_iov = &vectors_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_control = controls_[i].data();
      messages_[i].msg_hdr.msg_controllen = controls_[i].size();
    }
    const int count = recvmmsg(socket_.native_handle(), messages_.data(), kDatagrams, MSG_DONTWAIT, nullptr);
    if (count <= 0) return 0;
    const parsers::TimePoint received = runtime::now();
    for (int i = 0; i < count; ++i) take(static_cast<std::size_t>(i), received);
    return static_cast<unsigned>(count);
  }

  void take(std::size_t i, parsers::TimePoint received) {
    note_kernel_drops(messages_[i].msg_hdr);
    if (!allowed(peers_[i], messages_[i].msg_hdr.msg_namelen)) {
      input_.stats.refused.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (!intake_.has_room()) {
      count_dropped(1);
      return;
    }
    const std::string_view message(storage_.data() + i * kDatagramBytes, messages_[i].msg_len);
    if (message.size() > input_.config.max_message_bytes) {
      intake_.refuse(input_, peer_, message.substr(0, input_.config.max_message_bytes), "message_too_long", received);
    } else {
      intake_.take(input_, peer_, message, received);
    }
  }

  void count_dropped(std::uint64_t count) {
    input_.stats.dropped.fetch_add(count, std::memory_order_relaxed);
    input_.stats.received.fetch_add(count, std::memory_order_relaxed);
  }

  // The kernel tells with each datagram how many it has dropped on this socket so far, modulo 2^32.
  void note_kernel_drops(msghdr& header) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t total = 0;
      std::memcpy(&total, CMSG_DATA(control), sizeof total);
      count_dropped(static_cast<std::uint32_t>(total - kernel_drops_));
      kernel_drops_ = total;
    }
  }

  // Sets peer_; the same sender as last time costs a comparison.
  bool allowed(const sockaddr_storage& peer, socklen_t length) {
    udp::endpoint endpoint;
    endpoint.resize(length);
    std::memcpy(endpoint.data(), &peer, length);
    if (peer_.empty() || endpoint.address() != last_address_) {
      last_address_ = endpoint.address();
      peer_ = peer_name(last_address_);
      peer_allowed_ = allow_.allows(peer_);
    }
    return peer_allowed_;
  }

  Input& input_;
  Intake& intake_;
  AllowList allow_;
  udp::socket socket_;
  std::vector<char> storage_;
  std::array<mmsghdr, kDatagrams> messages_{};
  std::array<iovec, kDatagrams> vectors_{};
  std::array<sockaddr_storage, kDatagrams> peers_{};
  struct alignas(cmsghdr) Control : std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> {};
  std::array<Control, kDatagrams> controls_{};
  std::uint32_t kernel_drops_ = 0;
  asio::ip::address last_address_;
  std::string peer_;
  bool peer_allowed_ = false;
};

}  // namespace

std::unique_ptr<Listener> listen_udp(asio::io_context& io, Input& input, Intake& intake) {
  return std::make_unique<UdpListener>(io, input, intake);
}

}  // namespace ingest

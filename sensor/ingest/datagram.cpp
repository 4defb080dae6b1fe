// Inputs with one message a datagram: udp (RFC 5426) and unix-dgram, received in batches.

#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <vector>

#include "sensor/ingest/bind.h"
#include "sensor/ingest/listener.h"
#include "sensor/ingest/peers.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/log.h"
#include "sensor/runtime/task.h"

namespace ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using asio::posix::stream_descriptor;

constexpr unsigned kDatagrams = 64;  // a recvmmsg call
constexpr std::size_t kDatagramBytes =
    65'536;                  // the most that UDP carries; of more on a Unix socket it's the beginning
constexpr int kRounds = 16;  // calls before other work on the thread gets its turn
constexpr int kRoundsWhileStopping = 4096;

class DatagramListener final : public Listener {
 public:
  DatagramListener(asio::io_context& io, Input& input, Intake& intake)
      : input_(input),
        intake_(intake),
        allow_(input.config.allow),
        is_unix_(config::is_unix(input.config.transport)),
        socket_(io, open_socket(input.config)),
        storage_(kDatagrams * kDatagramBytes) {
    if (!is_unix_) ask_for_buffer();
    for (unsigned i = 0; i < kDatagrams; ++i) {
      vectors_[i] = {storage_.data() + i * kDatagramBytes, kDatagramBytes};
    }
    asio::co_spawn(io, serve(), runtime::rethrow);
  }

  bool idle() const override { return !serves_; }
  bool closed() const override { return !serves_; }

  void stop() override {
    if (!socket_.is_open()) return;
    // A flood must not keep us: a full receive buffer's worth, then what still comes is the kernel's to drop.
    for (int round = 0; round < kRoundsWhileStopping && receive() == kDatagrams; ++round) {
    }
    boost::system::error_code ignored;  // closing a datagram socket has nothing to lose
    socket_.close(ignored);
    if (is_unix_) ::unlink(input_.config.path.c_str());
  }

  void tick() override {
    if (socket_.is_open()) note_kernel_drops();
  }

 private:
  // Beyond net.core.rmem_max where we may (CAP_NET_ADMIN), up to it where we may not.
  void ask_for_buffer() {
    const int fd = socket_.native_handle();
    const auto wanted = static_cast<int>(input_.config.receive_buffer_bytes);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    int granted = 0;
    socklen_t length = sizeof granted;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &length);
    granted /= 2;  // socket(7): the kernel doubles what is asked, for its own bookkeeping
    input_.stats.receive_buffer_bytes = static_cast<std::uint64_t>(granted);
    if (granted >= wanted) return;
    spdlog::warn(
        "The kernel grants a smaller receive buffer than wanted: bursts are dropped earlier. input={} wanted={} "
        "granted={} mend=\"sysctl net.core.rmem_max={}, or the capability CAP_NET_ADMIN\"",
        input_.config.name, wanted, granted, wanted);
  }

  asio::awaitable<void> serve() {
    serves_ = true;
    while (socket_.is_open()) {
      boost::system::error_code error;
      co_await socket_.async_wait(stream_descriptor::wait_read, asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || !socket_.is_open()) break;
      if (error) throw boost::system::system_error(error, "input " + input_.config.name);
      for (int round = 0; round < kRounds && receive() == kDatagrams; ++round) {
      }
    }
    serves_ = false;
  }

  // One batch; how many datagrams it held.
  unsigned receive() {
    for (unsigned i = 0; i < kDatagrams; ++i) {
      messages_[i] = {};
      messages_[i].msg_hdr.msg_name = &peers_[i];
      messages_[i].msg_hdr.msg_namelen = sizeof peers_[i];
      messages_[i].msg_hdr.msg_iov = &vectors_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = recvmmsg(socket_.native_handle(), messages_.data(), kDatagrams, MSG_DONTWAIT, nullptr);
    if (count <= 0) return 0;
    note_kernel_drops();
    const parsers::TimePoint received = runtime::now();
    for (int i = 0; i < count; ++i) take(static_cast<std::size_t>(i), received);
    return static_cast<unsigned>(count);
  }

  void take(std::size_t i, parsers::TimePoint received) {
    if (!allowed(peers_[i], messages_[i].msg_hdr.msg_namelen)) {
      input_.stats.refused.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (!intake_.has_room()) {
      count_dropped(1);
      return;
    }
    const std::string_view message(storage_.data() + i * kDatagramBytes, messages_[i].msg_len);
    const bool is_cut = messages_[i].msg_hdr.msg_flags & MSG_TRUNC;
    if (is_cut || message.size() > input_.config.max_message_bytes) {
      intake_.refuse(input_, peer_, message.substr(0, input_.config.max_message_bytes), "message_too_long", received);
    } else {
      intake_.take(input_, peer_, message, received);
    }
  }

  void count_dropped(std::uint64_t count) {
    input_.stats.dropped.fetch_add(count, std::memory_order_relaxed);
    input_.stats.received.fetch_add(count, std::memory_order_relaxed);
  }

  // The kernel's count for this socket, modulo 2^32: the number that SO_RXQ_OVFL sends along with each datagram, but
  // known without one following. Unix sockets have no such drops: their senders wait, or are told.
  void note_kernel_drops() {
    if (is_unix_) return;
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t length = sizeof memory;
    if (getsockopt(socket_.native_handle(), SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return;
    const std::uint32_t total = memory[SK_MEMINFO_DROPS];
    if (total == kernel_drops_) return;
    input_.stats.kernel_dropped.fetch_add(static_cast<std::uint32_t>(total - kernel_drops_), std::memory_order_relaxed);
    count_dropped(static_cast<std::uint32_t>(total - kernel_drops_));
    kernel_drops_ = total;
  }

  // Sets peer_; the same sender as last time costs a comparison.
  bool allowed(const sockaddr_storage& peer, socklen_t length) {
    if (is_unix_) return true;
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
  const bool is_unix_;
  stream_descriptor socket_;
  std::vector<char> storage_;
  std::array<mmsghdr, kDatagrams> messages_{};
  std::array<iovec, kDatagrams> vectors_{};
  std::array<sockaddr_storage, kDatagrams> peers_{};
  std::uint32_t kernel_drops_ = 0;
  asio::ip::address last_address_;
  std::string peer_ = is_unix_ ? kLocalPeer : "";
  bool peer_allowed_ = false;
  bool serves_ = true;
};

}  // namespace

std::unique_ptr<Listener> listen_for_datagrams(asio::io_context& io, Input& input, Intake& intake) {
  return std::make_unique<DatagramListener>(io, input, intake);
}

}  // namespace ingest

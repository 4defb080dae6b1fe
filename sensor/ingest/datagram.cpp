// Inputs with one message a datagram: udp (RFC 5426) and unix-dgram, received in batches.

#include <linux/sock_diag.h>
#include <netinet/in.h>
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
#include <memory>
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
    65'536;  // the most that UDP carries; of more on a Unix socket it's the beginning
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo));
constexpr int kRounds = 16;  // calls before other work on the thread gets its turn
constexpr int kRoundsWhileStopping = 4096;

// Of several sockets on one port each datagram goes to one, chosen by the sender's address and port; a broadcast goes
// to all of them, and only the first takes it.
enum class Broadcasts { taken, left };

struct Socket {
  Socket(asio::io_context& io, int fd, Broadcasts with) : descriptor(io, fd), broadcasts(with) {
    if (broadcasts == Broadcasts::taken) return;
    const int on = 1;  // of another family's sockets the one that fails means nothing
    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  }

  stream_descriptor descriptor;
  const Broadcasts broadcasts;
  std::uint32_t kernel_drops = 0;
  asio::ip::address last_address;  // the same sender as last time costs a comparison
  std::string peer;
  bool is_peer_allowed = false;
};

bool is_broadcast(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      if (info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr) return true;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) return true;
    }
  }
  return false;
}

class DatagramListener final : public Listener {
 public:
  DatagramListener(asio::io_context& io, Input& input, Intake& intake)
      : input_(input),
        intake_(intake),
        allow_(input.config.allow),
        is_unix_(config::is_unix(input.config.transport)),
        storage_(kDatagrams * kDatagramBytes),
        controls_(kDatagrams * kControlBytes) {
    for (const int fd : open_datagram_sockets(input.config)) {
      sockets_.push_back(
          std::make_unique<Socket>(io, fd, sockets_.empty() || is_unix_ ? Broadcasts::taken : Broadcasts::left));
      if (is_unix_)
        sockets_.back()->peer = kLocalPeer;
      else
        ask_for_buffer(fd);
    }
    for (unsigned i = 0; i < kDatagrams; ++i) {
      vectors_[i] = {storage_.data() + i * kDatagramBytes, kDatagramBytes};
    }
    serving_ = sockets_.size();
    for (const auto& socket : sockets_) asio::co_spawn(io, serve(*socket), runtime::rethrow);
  }

  bool idle() const override { return serving_ == 0; }
  bool closed() const override { return serving_ == 0; }

  void stop() override {
    for (const auto& socket : sockets_) {
      if (!socket->descriptor.is_open()) continue;
      // A flood must not keep us: a full receive buffer's worth, then what still comes is the kernel's to drop.
      for (int round = 0; round < kRoundsWhileStopping && receive(*socket) == kDatagrams; ++round) {
      }
      note_kernel_drops(*socket);
      boost::system::error_code ignored;  // closing a datagram socket has nothing to lose
      socket->descriptor.close(ignored);
    }
    if (is_unix_) ::unlink(input_.config.path.c_str());
  }

  void tick() override {
    for (const auto& socket : sockets_)
      if (socket->descriptor.is_open()) note_kernel_drops(*socket);
  }

 private:
  // Beyond net.core.rmem_max where we may (CAP_NET_ADMIN), up to it where we may not.
  void ask_for_buffer(int fd) {
    const auto wanted = static_cast<int>(input_.config.receive_buffer_bytes);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    int granted = 0;
    socklen_t length = sizeof granted;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &length);
    granted /= 2;  // socket(7): the kernel doubles what is asked, for its own bookkeeping
    input_.stats.receive_buffer_bytes = static_cast<std::uint64_t>(granted);
    if (granted >= wanted || sockets_.size() > 1) return;
    spdlog::warn(
        "The kernel grants a smaller receive buffer than wanted: bursts are dropped earlier. input={} wanted={} "
        "granted={} mend=\"sysctl net.core.rmem_max={}, or the capability CAP_NET_ADMIN\"",
        input_.config.name, wanted, granted, wanted);
  }

  asio::awaitable<void> serve(Socket& socket) {
    while (socket.descriptor.is_open()) {
      boost::system::error_code error;
      co_await socket.descriptor.async_wait(stream_descriptor::wait_read,
                                            asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || !socket.descriptor.is_open()) break;
      if (error) throw boost::system::system_error(error, "input " + input_.config.name);
      for (int round = 0; round < kRounds && receive(socket) == kDatagrams; ++round) {
      }
    }
    --serving_;
  }

  // One batch; how many datagrams it held.
  unsigned receive(Socket& socket) {
    for (unsigned i = 0; i < kDatagrams; ++i) {
      messages_[i] = {};
      messages_[i].msg_hdr.msg_name = &peers_[i];
      messages_[i].msg_hdr.msg_namelen = sizeof peers_[i];
      messages_[i].msg_hdr.msg_iov = &vectors_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      if (socket.broadcasts == Broadcasts::taken) continue;
      messages_[i].msg_hdr.msg_control = controls_.data() + i * kControlBytes;
      messages_[i].msg_hdr.msg_controllen = kControlBytes;
    }
    const int count = recvmmsg(socket.descriptor.native_handle(), messages_.data(), kDatagrams, MSG_DONTWAIT, nullptr);
    if (count <= 0) return 0;
    note_kernel_drops(socket);
    const parsers::TimePoint received = runtime::now();
    for (int i = 0; i < count; ++i) take(socket, static_cast<std::size_t>(i), received);
    return static_cast<unsigned>(count);
  }

  void take(Socket& socket, std::size_t i, parsers::TimePoint received) {
    msghdr& header = messages_[i].msg_hdr;
    if (socket.broadcasts == Broadcasts::left && is_broadcast(header)) return;
    if (!allowed(socket, peers_[i], header.msg_namelen)) {
      input_.stats.refused.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (!intake_.has_room()) {
      count_dropped(1);
      return;
    }
    const std::string_view message(storage_.data() + i * kDatagramBytes, messages_[i].msg_len);
    const bool is_cut = header.msg_flags & MSG_TRUNC;
    if (is_cut || message.size() > input_.config.max_message_bytes) {
      intake_.refuse(input_, socket.peer, message.substr(0, input_.config.max_message_bytes), "message_too_long",
                     received);
    } else {
      intake_.take(input_, socket.peer, message, received);
    }
  }

  void count_dropped(std::uint64_t count) {
    input_.stats.dropped.fetch_add(count, std::memory_order_relaxed);
    input_.stats.received.fetch_add(count, std::memory_order_relaxed);
  }

  // The kernel's count for this socket, modulo 2^32: the number that SO_RXQ_OVFL sends along with each datagram, but
  // known without one following. Unix sockets have no such drops: their senders wait, or are told.
  void note_kernel_drops(Socket& socket) {
    if (is_unix_) return;
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t length = sizeof memory;
    if (getsockopt(socket.descriptor.native_handle(), SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return;
    const std::uint32_t total = memory[SK_MEMINFO_DROPS];
    if (total == socket.kernel_drops) return;
    const auto more = static_cast<std::uint32_t>(total - socket.kernel_drops);
    input_.stats.kernel_dropped.fetch_add(more, std::memory_order_relaxed);
    count_dropped(more);
    socket.kernel_drops = total;
  }

  bool allowed(Socket& socket, const sockaddr_storage& peer, socklen_t length) {
    if (is_unix_) return true;
    udp::endpoint endpoint;
    endpoint.resize(length);
    std::memcpy(endpoint.data(), &peer, length);
    if (socket.peer.empty() || endpoint.address() != socket.last_address) {
      socket.last_address = endpoint.address();
      socket.peer = peer_name(socket.last_address);
      socket.is_peer_allowed = allow_.allows(socket.peer);
    }
    return socket.is_peer_allowed;
  }

  Input& input_;
  Intake& intake_;
  AllowList allow_;
  const bool is_unix_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::size_t serving_ = 0;  // sockets
  // Of the batch that is received, whatever the socket:
  std::vector<char> storage_, controls_;
  std::array<mmsghdr, kDatagrams> messages_{};
  std::array<iovec, kDatagrams> vectors_{};
  std::array<sockaddr_storage, kDatagrams> peers_{};
};

}  // namespace

std::unique_ptr<Listener> listen_for_datagrams(asio::io_context& io, Input& input, Intake& intake) {
  return std::make_unique<DatagramListener>(io, input, intake);
}

}  // namespace ingest

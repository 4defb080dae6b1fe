// Inputs of [[tap]]: packets off an interface. An interface may go, come back or be down; it is looked for each second.

#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "sensor/ingest/capture.h"
#include "sensor/ingest/listener.h"
#include "sensor/ingest/packets.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/log.h"
#include "sensor/runtime/task.h"

namespace ingest {
namespace {

namespace asio = boost::asio;

constexpr int kPacketsATurn = 1024;  // before other work on the thread gets its turn
constexpr int kTurnsWhileStopping = 256;

class TapListener final : public Listener {
 public:
  TapListener(asio::io_context& io, Input& input, Intake& intake)
      : io_(io), input_(input), packets_(input, intake, [this](const parsers::IpPacket& packet) {
          return capture_ && capture_->wants(packet.headers, packet.ip_header_at, packet.payload);
        }) {
    try {
      open();
    } catch (const CaptureError& error) {
      if (!may_come(error)) throw;
      away(error);
    }
  }

  bool idle() const override { return serving_ == 0; }
  bool closed() const override { return serving_ == 0; }

  void stop() override {
    is_stopped_ = true;
    if (!capture_) return;
    for (int turn = 0; turn < kTurnsWhileStopping && read() == Turn::more; ++turn) {
    }
    packets_.finish(runtime::now());
    close();
  }

  void tick() override {
    if (is_stopped_) return;
    if (capture_ && is_gone()) {
      spdlog::warn("The interface is gone; it is looked for each second. input={} interface={}", input_.config.name,
                   input_.config.interface);
      input_.stats.capture_state = CaptureState::no_interface;
      close();
    }
    if (!capture_) return reopen();
    input_.stats.capture_state = is_up() ? CaptureState::reads : CaptureState::not_up;
    note_drops();
    packets_.expire(runtime::now());
  }

 private:
  enum class Turn { more, done, failed };

  static bool may_come(const CaptureError& error) {
    return error.kind() == CaptureError::Kind::no_interface || error.kind() == CaptureError::Kind::not_up;
  }

  void open() {
    index_ = ::if_nametoindex(input_.config.interface.c_str());
    capture_.emplace(Capture::of_interface(input_.config));
    drops_ = {};
    input_.stats.capture_state = CaptureState::reads;
    // The capture closes its descriptor itself, and asio the one that it waits on.
    descriptor_.emplace(io_, ::dup(capture_->descriptor()));
    asio::co_spawn(io_, serve(++generation_), runtime::rethrow);
  }

  void reopen() {
    try {
      open();
      spdlog::info("The interface is read. input={} interface={}", input_.config.name, input_.config.interface);
    } catch (const CaptureError& error) {
      away(error);
    }
  }

  // Told in the log once, and in `status` as long as it lasts.
  void away(const CaptureError& error) {
    const CaptureState state = error.kind() == CaptureError::Kind::no_interface ? CaptureState::no_interface
                               : error.kind() == CaptureError::Kind::not_up     ? CaptureState::not_up
                                                                                : CaptureState::unreadable;
    if (input_.stats.capture_state.exchange(state) != state)
      spdlog::warn("The interface can't be read; it is tried again each second. error=\"{}\"", error.what());
  }

  void close() {
    note_drops();
    packets_.expire(runtime::now());
    boost::system::error_code ignored;  // nothing is sent on it
    descriptor_->close(ignored);
    descriptor_.reset();
    capture_.reset();
  }

  bool is_gone() const { return index_ && ::if_nametoindex(input_.config.interface.c_str()) != index_; }

  // A capture goes on while its interface is down, and has nothing to read.
  bool is_up() {
    ifreq request{};
    input_.config.interface.copy(request.ifr_name, IFNAMSIZ - 1);
    return !index_ || ::ioctl(descriptor_->native_handle(), SIOCGIFFLAGS, &request) != 0 ||
           (request.ifr_flags & IFF_UP);
  }

  asio::awaitable<void> serve(std::uint64_t generation) {
    ++serving_;
    while (capture_ && generation == generation_) {
      boost::system::error_code error;
      co_await descriptor_->async_wait(asio::posix::stream_descriptor::wait_read,
                                       asio::redirect_error(asio::use_awaitable, error));
      if (error || !capture_ || generation != generation_) break;
      Turn turn = read();
      while (turn == Turn::more) {  // what libpcap has of a block already makes nothing readable
        co_await asio::post(io_, asio::use_awaitable);
        if (!capture_ || generation != generation_) break;
        turn = read();
      }
      if (turn != Turn::failed) continue;
      spdlog::warn("The capture fails; the interface is opened again. input={} error=\"{}\"", input_.config.name,
                   capture_->error());
      input_.stats.capture_state = CaptureState::unreadable;
      close();
    }
    --serving_;
  }

  Turn read() {
    Capture::Packet packet;
    for (int count = 0; count < kPacketsATurn; ++count) {
      switch (capture_->next(packet)) {
        case Capture::Next::packet:
          packets_.take(capture_->link(), packet.bytes, packet.captured);
          break;
        case Capture::Next::nothing:
        case Capture::Next::end:
          return Turn::done;
        case Capture::Next::failed:
          return Turn::failed;
      }
    }
    return Turn::more;
  }

  // A lost packet counts as a message: how many were in it nobody knows.
  void note_drops() {
    const auto now = capture_->drops();
    if (!now) return;
    const auto more = [](std::uint64_t before, std::uint64_t after) {
      return static_cast<std::uint32_t>(after) - static_cast<std::uint32_t>(before);  // libpcap counts in 32 bits
    };
    const std::uint64_t kernel = more(drops_.kernel, now->kernel), card = more(drops_.interface, now->interface);
    drops_ = *now;
    input_.stats.kernel_dropped += kernel;
    input_.stats.interface_dropped += card;
    input_.stats.dropped += kernel + card;
    input_.stats.received += kernel + card;
  }

  asio::io_context& io_;
  Input& input_;
  Packets packets_;
  std::optional<Capture> capture_;
  std::optional<asio::posix::stream_descriptor> descriptor_;
  Capture::Drops drops_;
  unsigned index_ = 0;  // of the interface; "any" has none
  std::uint64_t generation_ = 0;
  int serving_ = 0;
  bool is_stopped_ = false;
};

}  // namespace

std::unique_ptr<Listener> listen_to_interface(asio::io_context& io, Input& input, Intake& intake) {
  return std::make_unique<TapListener>(io, input, intake);
}

}  // namespace ingest

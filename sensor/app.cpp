#include "sensor/app.h"

#include <systemd/sd-daemon.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "sensor/config/load.h"
#include "sensor/exclusion_source.h"
#include "sensor/identity_source.h"
#include "sensor/ingest/listener.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/control_socket.h"
#include "sensor/runtime/signal_block.h"
#include "sensor/runtime/task.h"
#include "sensor/writer.h"

namespace sensor {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kQueueBytes = 64u << 20;  // between network and writer
constexpr auto kDrainTime = 4s;                 // for what senders have on the way when we stop

enum class Ending { stop, reload, fault };

class FeedQueue final : public graph::FeedSink {
 public:
  explicit FeedQueue(runtime::WorkQueue<Work>& queue) : queue_(queue) {}
  bool deliver(graph::FeedBatch batch) override {
    Work work = std::move(batch);
    const std::size_t weight = weight_bytes(work);
    return queue_.push(std::move(work), weight, stopping_);
  }
  void stop() { stopping_ = true; }

 private:
  runtime::WorkQueue<Work>& queue_;
  std::atomic<bool> stopping_{false};
};

class App {
 public:
  // `exclusions`: those in force before a reload; renewed here and at SIGHUP.
  App(const config::Config& config, Exclusions& exclusions)
      : config_(config),
        exclusions_(exclusions),
        identity_(load_identity(config)),
        pipeline_(config_, identity_),
        files_(config.alerts.directory, config.alerts.formats, config.alerts.rotate_bytes),
        queue_(kQueueBytes),
        feeds_(queue_),
        intake_(identity_, [this](storage::Batch& batch) { return push(batch); }),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        flush_timer_(io_),
        writer_(pipeline_, files_, queue_, view_) {
    if (exclusions_.set) writer_.set_exclusions(exclusions_.set);
    renew_exclusions();
    for (const config::Listen& input : config_.listen) inputs_.emplace_back(input);
    for (ingest::Input& input : inputs_) listeners_.push_back(listen(input));
    if (!config_.graph.tenant_id.empty()) {
      poller_ =
          std::make_unique<graph::Poller>(config_.graph, feeds_, pipeline_.state().cursor("graph.alerts").value_or(""),
                                          pipeline_.state().cursor("graph.signins").value_or(""), runtime::now);
    }
    control_ = std::make_unique<runtime::ControlSocket>(io_, config_.status.socket,
                                                        [this](const std::string& command) { return answer(command); });
  }

  // Serves until a signal or a fault of ours. Ending::reload: `next` is the configuration to go on with.
  Ending serve(const runtime::SignalBlock& block, config::Config& next) {
    writer_.start();
    if (poller_) poller_->start();
    asio::co_spawn(io_, flush_regularly(), asio::detached);
    asio::co_spawn(io_, wait_for_signals(next), runtime::rethrow);
    spdlog::info("Lurewatch serves. version={} inputs={} graph={}", LUREWATCH_VERSION, inputs_.size(),
                 poller_ ? "polled" : "not configured");
    sd_notify(0, "READY=1\nSTATUS=Serving.");
    try {
      const runtime::SignalBlock::Lift lift(block);
      io_.run();
    } catch (const std::exception& error) {
      spdlog::critical("The network thread fails; what is on the way is kept, then the service ends. error=\"{}\"",
                       error.what());
      ending_ = Ending::fault;
    }
    drain();
    return ending_;
  }

 private:
  std::unique_ptr<ingest::Listener> listen(ingest::Input& input) {
    return input.config.transport == config::Transport::udp ? ingest::listen_udp(io_, input, intake_)
                                                            : ingest::listen_tcp(io_, input, intake_);
  }

  bool push(storage::Batch& batch) {
    Work work = std::move(batch);
    const bool taken = queue_.try_push(work, weight_bytes(work));
    if (!taken) batch = std::move(std::get<storage::Batch>(work));
    return taken;
  }

  boost::json::object answer(const std::string& command) const {
    if (command == "status") return status_json({started_, config_.storage.quota_bytes, inputs_, poller_.get(), view_});
    return {{"error", "unknown command"}};
  }

  // Half the interval here leaves the other half for the commit itself.
  asio::awaitable<void> flush_regularly() {
    for (;;) {
      flush_timer_.expires_after(std::max<std::chrono::microseconds>(config_.storage.commit_interval / 2, 1ms));
      auto [error] = co_await flush_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      intake_.flush();
    }
  }

  asio::awaitable<void> wait_for_signals(config::Config& next) {
    for (;;) {
      auto [error, signal] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      if (signal == SIGHUP && !wants_reload(next)) continue;
      ending_ = signal == SIGHUP ? Ending::reload : Ending::stop;
      spdlog::info(ending_ == Ending::reload ? "Reloading." : "Stopping.");
      sd_notify(0, ending_ == Ending::reload ? "RELOADING=1" : "STOPPING=1");
      io_.stop();
      co_return;
    }
  }

  bool wants_reload(config::Config& next) {
    writer_.reopen_files();
    if (config_.file.empty()) return false;
    config::Loaded loaded = config::load_file(config_.file);
    if (loaded.mistakes.empty()) {
      // Nothing new: the log rotator only wants its files reopened, and no sender loses its connection.
      if (loaded.config.text == config_.text) return renew_exclusions(), false;
      next = std::move(loaded.config);
      return true;
    }
    for (const config::Mistake& mistake : loaded.mistakes)
      spdlog::error("{}:{}:{}: {}", mistake.file, mistake.line, mistake.column, mistake.what);
    spdlog::error("The configuration has mistakes; the old one stays in force. mistakes={}", loaded.mistakes.size());
    return false;
  }

  // Exclusions change often: they are renewed without a break for senders. Those with a mistake change nothing.
  void renew_exclusions() {
    try {
      Exclusions renewed = load_exclusions(config_);
      if (exclusions_.set && renewed.text == exclusions_.text) return;
      exclusions_ = std::move(renewed);
      writer_.set_exclusions(exclusions_.set);
      spdlog::info("Exclusions are in force. exclusions={}", exclusions_.set->all().size());
    } catch (const BadConfig& error) {
      if (!exclusions_.set) throw;
      spdlog::error("The exclusions have mistakes; the old ones stay in force. error=\"{}\"", error.what());
    }
  }

  // In the order of the road: no more from outside, then what is on the way, then the disk.
  void drain() {
    flush_timer_.cancel();
    signals_.cancel();
    feeds_.stop();
    if (poller_) poller_->stop();
    control_->stop();
    for (const auto& listener : listeners_) listener->stop();
    io_.restart();
    const auto deadline = std::chrono::steady_clock::now() + kDrainTime;
    const auto idle = [](const auto& listener) { return listener->idle(); };
    while (!std::all_of(listeners_.begin(), listeners_.end(), idle) && std::chrono::steady_clock::now() < deadline) {
      io_.run_one_for(50ms);
    }
    while (!intake_.flush() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(10ms);
    if (intake_.pending())
      spdlog::error("Messages were lost: the writer had no room for them until the end. messages={}",
                    intake_.pending());
    queue_.close();
    writer_.finish();
    spdlog::info("Stopped. messages={} findings={}", view_.get().store.events, view_.get().counts.findings);
  }

  const config::Config config_;
  Exclusions& exclusions_;
  const parsers::TimePoint started_ = runtime::now();
  asio::io_context io_{1};
  parsers::IdentityMap identity_;
  Pipeline pipeline_;
  findings::AlertFiles files_;
  runtime::WorkQueue<Work> queue_;
  FeedQueue feeds_;
  ingest::Intake intake_;
  std::deque<ingest::Input> inputs_;
  std::vector<std::unique_ptr<ingest::Listener>> listeners_;
  SharedWriterView view_;
  asio::signal_set signals_;
  asio::steady_timer flush_timer_;
  Writer writer_;
  std::unique_ptr<graph::Poller> poller_;
  std::unique_ptr<runtime::ControlSocket> control_;
  Ending ending_ = Ending::stop;
};

}  // namespace

int run_daemon(config::Config config) {
  const runtime::SignalBlock block;
  Exclusions exclusions;
  std::optional<config::Config> before;  // a reload: what served until now
  for (;;) {
    try {
      config::Config next;
      const Ending ending = App(config, exclusions).serve(block, next);
      if (ending != Ending::reload) return ending == Ending::stop ? 0 : 1;
      before = std::exchange(config, std::move(next));
    } catch (const std::exception& error) {
      if (!before && dynamic_cast<const BadConfig*>(&error)) throw;
      if (!before) {
        spdlog::critical("Lurewatch can't go on. error=\"{}\"", error.what());
        return 1;
      }
      spdlog::error("The new configuration can't serve; the old one stays in force. error=\"{}\"", error.what());
      config = *std::exchange(before, std::nullopt);
    }
  }
}

}  // namespace sensor

#include "sensor/app.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <functional>
#include <optional>
#include <utility>

#include "sensor/config/load.h"
#include "sensor/exclusion_source.h"
#include "sensor/graph_journal.h"
#include "sensor/identity_source.h"
#include "sensor/ingest/network.h"
#include "sensor/live_view.h"
#include "sensor/metrics.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/control_socket.h"
#include "sensor/runtime/http_server.h"
#include "sensor/runtime/service_manager.h"
#include "sensor/runtime/signal_block.h"
#include "sensor/runtime/task.h"
#include "sensor/writer.h"

namespace sensor {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kQueueBytes = 64u << 20;                         // between network and writer
constexpr std::size_t kSpareBatches = ingest::Intake::kMostAhead + 2;  // with those that are filled and written
constexpr auto kWatchInterval = 2s;                                    // far below any WatchdogSec that makes sense
constexpr auto kDrainTime = 4s;                                        // for what senders have on the way when we stop
constexpr auto kGoodbyeTime = 1s;                                      // for the last acknowledgements

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
  App(const config::Config& config, ingest::Network& network, Exclusions& exclusions)
      : config_(config),
        network_(network),
        exclusions_(exclusions),
        identity_(load_identity(config)),
        pipeline_(config_, identity_),
        files_(config.alerts.directory, config.alerts.formats, config.alerts.rotate_bytes),
        queue_(kQueueBytes),
        feeds_(queue_),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        flush_timer_(io_),
        watch_timer_(network_.io()),
        writer_(pipeline_, files_, queue_, view_, trace_, users_, spares_) {
    if (config_.graph.users.enabled) identity_.use_directory(&users_);
    if (exclusions_.set) writer_.set_exclusions(exclusions_.set);
    renew_exclusions();
    network_.retire(config_.listen);
    network_.listen(config_.listen);
    if (!config_.graph.tenant_id.empty()) {
      const auto saved = [this](const char* name) { return pipeline_.state().cursor(name).value_or(""); };
      poller_ = std::make_unique<graph::Poller>(
          config_.graph, feeds_,
          graph::Cursors{saved("graph.alerts"), saved("graph.signins"), saved("graph.users"),
                         saved("graph.alerts.habit"), saved("graph.signins.habit")},
          runtime::now);
    }
    if (!config_.status.metrics_host.empty()) {
      metrics_ = std::make_unique<runtime::HttpServer>(io_, config_.status.metrics_host, config_.status.metrics_port,
                                                       [this](std::string_view path) { return answer_http(path); });
    }
    control_ = std::make_unique<runtime::ControlSocket>(
        io_, config_.status.socket, [this](const std::string& command) { return answer(command); },
        [this](const auto& request) { return live_.follow(request); });
    network_.intake().connect(identity_, [this](storage::Batch& batch) { return push(batch); });
    network_.intake().set_commit_interval(config_.storage.commit_interval);
  }

  // Serves until a signal or a fault of ours. Ending::reload: `next` is the configuration to go on with.
  Ending serve(const runtime::SignalBlock& block, config::Config& next) {
    writer_.start();
    if (poller_) poller_->start();
    asio::co_spawn(io_, flush_regularly(), runtime::rethrow);
    asio::co_spawn(io_, watch(), runtime::rethrow);
    asio::co_spawn(io_, wait_for_signals(next), runtime::rethrow);
    spdlog::info("Lurewatch serves. version={} inputs={} graph={}", LUREWATCH_VERSION, config_.listen.size(),
                 poller_ ? "polled" : "not configured");
    runtime::notify_ready();
    try {
      const runtime::SignalBlock::Lift lift(block);
      io_.run();
    } catch (const std::exception& error) {
      spdlog::critical("The network thread fails; what is on the way is kept, then the service ends. error=\"{}\"",
                       error.what());
      ending_ = Ending::fault;
    }
    drain(ending_ == Ending::reload ? next.listen : std::vector<config::Listen>());
    return ending_;
  }

 private:
  bool push(storage::Batch& batch) {
    Work work = Messages{std::move(batch), settled(network_.intake().batch_number())};
    const bool taken = queue_.try_push(work, weight_bytes(work));
    batch = taken ? spares_.take() : std::move(std::get<Messages>(work).batch);
    return taken;
  }

  // Brings the batch's fate from the writer's thread back to the network's, where senders wait for it.
  std::function<void(bool)> settled(std::uint64_t batch_number) {
    return [&network = network_, batch_number](bool is_committed) {
      asio::post(network.io(), [&network, batch_number, is_committed] {
        network.intake().settle(
            batch_number, is_committed ? ingest::CommitObserver::Fate::committed : ingest::CommitObserver::Fate::lost);
      });
    };
  }

  boost::json::object status() const {
    return status_json(
        {started_, config_.storage.quota_bytes, network_.inputs(), poller_.get(), view_, config_.storage.directory});
  }

  boost::json::object answer(const std::string& command) {
    if (command == "status") return status();
    if (command == "simulate") return begin_simulation();
    if (command == "simulation") return trace_.to_json();
    return {{"error", "unknown command"}};
  }

  // Alert and sign-in come from here, as from Graph; the message comes from whoever asked, through an input.
  boost::json::object begin_simulation() {
    const auto& titles = config_.correlation.titles;
    Simulation made = simulate(runtime::now(), titles.empty() ? parsers::shipped_titles().front() : titles.front());
    trace_.begin(made.host_key);
    graph::FeedBatch alert, sign_in;
    alert.alerts = {made.alert};
    sign_in.feed = graph::FeedName::signins;
    sign_in.signins = {made.sign_in};
    Work alerts = std::move(alert), sign_ins = std::move(sign_in);
    if (!queue_.try_push(alerts, weight_bytes(alerts)) || !queue_.try_push(sign_ins, weight_bytes(sign_ins)))
      return {{"error", "the writer's queue is full: the disk refuses, or more arrives than it takes"}};
    return {{"label", made.label}, {"message", made.message}};
  }

  runtime::HttpAnswer answer_http(std::string_view path) const {
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(status())};
    if (path != "/healthz") return {404, "text/plain; charset=utf-8", "there are /metrics and /healthz\n"};
    const auto stale = [](std::chrono::milliseconds interval) {
      return std::max<parsers::Duration>(5 * interval, std::chrono::minutes(15));
    };
    const HealthLimits limits{stale(config_.graph.alerts.interval), stale(config_.graph.signins.interval)};
    std::string body;
    for (const std::string& ailment : ailments(status(), limits, runtime::now())) body += ailment + "\n";
    return body.empty() ? runtime::HttpAnswer{200, "text/plain; charset=utf-8", "ok\n"}
                        : runtime::HttpAnswer{503, "text/plain; charset=utf-8", std::move(body)};
  }

  // Half the interval here leaves the other half for the commit itself.
  asio::awaitable<void> flush_regularly() {
    ++coroutines_;
    for (;;) {
      flush_timer_.expires_after(std::max<std::chrono::microseconds>(config_.storage.commit_interval / 2, 1ms));
      auto [error] = co_await flush_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) break;
      network_.intake().flush();
    }
    --coroutines_;
  }

  // That this runs is the network thread's word that it moves; beats are the writer's.
  asio::awaitable<void> watch() {
    ++coroutines_;
    for (std::uint64_t seen = UINT64_MAX;;) {
      if (const std::uint64_t beats = writer_.beats(); std::exchange(seen, beats) != beats) runtime::pet_watchdog();
      const boost::json::object state = status();
      runtime::notify_status(status_line(state, runtime::now()));
      log_graph(state);
      watch_timer_.expires_after(kWatchInterval);
      auto [error] = co_await watch_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) break;
    }
    --coroutines_;
  }

  void log_graph(const boost::json::object& state) {
    const boost::json::value* graph = state.if_contains("graph");
    if (graph == nullptr || !graph->is_object()) return;
    for (const GraphJournal::Line& line : graph_journal_.news(graph->get_object()))
      spdlog::log(line.is_trouble ? spdlog::level::warn : spdlog::level::info, "{}", line.text);
  }

  asio::awaitable<void> wait_for_signals(config::Config& next) {
    ++coroutines_;
    for (;;) {
      auto [error, signal] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) break;
      if (signal == SIGHUP && !wants_reload(next)) continue;
      ending_ = signal == SIGHUP ? Ending::reload : Ending::stop;
      spdlog::info(ending_ == Ending::reload ? "Reloading." : "Stopping.");
      ending_ == Ending::reload ? runtime::notify_reloading() : runtime::notify_stopping();
      io_.stop();
      break;
    }
    --coroutines_;
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

  // In the order of the road: no more from outside, then what is on the way, then the disk. Inputs that stay may go on
  // until the queue closes; what they have then waits in the kernel, and in the Intake, for the next App.
  void drain(const std::vector<config::Listen>& staying) {
    flush_timer_.cancel();
    watch_timer_.cancel();
    signals_.cancel();
    feeds_.stop();
    if (poller_) poller_->stop();
    control_->stop();
    if (metrics_) metrics_->stop();
    network_.retire(staying);
    const auto deadline = std::chrono::steady_clock::now() + kDrainTime;
    run_until([this] { return coroutines_ == 0 && control_->closed() && network_.idle(); }, deadline);
    ingest::Intake& intake = network_.intake();
    while (!intake.flush() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(10ms);
    if (intake.pending() && ending_ != Ending::reload)
      spdlog::error("Messages were lost: the writer had no room for them until the end. messages={}", intake.pending());
    network_.detach();
    queue_.close();
    writer_.finish();
    // What was committed last is acknowledged before the connections end. After a reload the next App's turns do that.
    if (ending_ != Ending::reload)
      run_until([this] { return network_.closed(); }, std::chrono::steady_clock::now() + kGoodbyeTime);
    spdlog::info("Stopped. messages={} findings={}", view_.get().store.events, view_.get().counts.findings);
  }

  void run_until(const std::function<bool()>& is_done, std::chrono::steady_clock::time_point deadline) {
    io_.restart();
    while (!is_done() && std::chrono::steady_clock::now() < deadline) io_.run_one_for(50ms);
  }

  const config::Config config_;
  ingest::Network& network_;
  Exclusions& exclusions_;
  const parsers::TimePoint started_ = runtime::now();
  asio::io_context& io_ = network_.io();
  parsers::UserDirectory users_;
  parsers::IdentityMap identity_;
  Pipeline pipeline_;
  findings::AlertFiles files_;
  runtime::WorkQueue<Work> queue_;
  runtime::Spares<storage::Batch> spares_{kSpareBatches};
  FeedQueue feeds_;
  SharedWriterView view_;
  Trace trace_;
  LiveView live_{network_};
  asio::signal_set signals_;
  asio::steady_timer flush_timer_, watch_timer_;
  Writer writer_;
  std::unique_ptr<graph::Poller> poller_;
  std::unique_ptr<runtime::ControlSocket> control_;
  std::unique_ptr<runtime::HttpServer> metrics_;
  GraphJournal graph_journal_;
  Ending ending_ = Ending::stop;
  int coroutines_ = 0;  // of this object, on the network's io_context
};

}  // namespace

int run_daemon(config::Config config) {
  const runtime::SignalBlock block;
  ingest::Network network;
  Exclusions exclusions;
  std::optional<config::Config> before;  // a reload: what served until now
  for (;;) {
    try {
      config::Config next;
      const Ending ending = App(config, network, exclusions).serve(block, next);
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

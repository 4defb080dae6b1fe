#include "sensor/writer.h"

#include <systemd/sd-daemon.h>

#include <functional>

#include "sensor/runtime/clock.h"

namespace sensor {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 200ms;  // how long a wait for work lasts
constexpr auto kPublishInterval = 1s;
constexpr auto kLimitsInterval = 60s;
constexpr auto kRetryInterval = 500ms;     // between attempts on a disk that refuses
constexpr int kAttemptsWhileStopping = 6;  // then the rest is given up
constexpr std::size_t kLastFindings = 5;

}  // namespace

std::size_t weight_bytes(const Work& work) {
  if (const auto* batch = std::get_if<storage::Batch>(&work)) {
    return batch->bytes.size() + batch->entries.size() * sizeof(storage::IndexEntry);
  }
  const auto& feed = std::get<graph::FeedBatch>(work);
  std::size_t bytes = sizeof feed;
  for (const auto& alert : feed.alerts) bytes += alert.raw.size() + sizeof alert;
  for (const auto& sign_in : feed.signins) bytes += sign_in.raw.size() + sizeof sign_in;
  return bytes;
}

void Writer::start() {
  thread_ = std::thread([this] { loop(); });
}

void Writer::finish() {
  finishing_ = true;
  if (thread_.joinable()) thread_.join();
}

void Writer::loop() {
  auto published = std::chrono::steady_clock::now();
  auto limited = published;
  attempt("reading the open windows", [this] { pipeline_.load_windows(runtime::now()); });
  correlate_and_write();
  publish();
  while (!queue_.drained()) {
    if (const auto work = queue_.pop(kPatience)) keep(*work);
    if (reopen_.exchange(false)) file_.reopen();
    correlate_and_write();
    const auto now = std::chrono::steady_clock::now();
    if (now - limited >= kLimitsInterval) {
      attempt("making room", [this] { pipeline_.enforce_limits(runtime::now()); });
      limited = now;
    }
    if (now - published >= kPublishInterval) {
      publish();
      sd_notify(0, "WATCHDOG=1");
      published = now;
    }
  }
  publish();
}

// Nothing that came in is let go while the disk may still take it: the queue fills behind this, and senders wait.
void Writer::keep(const Work& work) {
  const auto store = [&] {
    if (const auto* batch = std::get_if<storage::Batch>(&work))
      pipeline_.store(*batch, runtime::now());
    else
      pipeline_.store(std::get<graph::FeedBatch>(work));
  };
  for (int stopping = 0; !attempt("storing", store); stopping += finishing_ ? 1 : 0) {
    publish();
    sd_notify(0, "WATCHDOG=1");
    if (stopping >= kAttemptsWhileStopping) {
      const auto* batch = std::get_if<storage::Batch>(&work);
      const std::size_t messages = batch ? batch->entries.size() : 0;
      lost_ += messages;
      spdlog::error("Messages were lost: the disk refused them until the end. messages={}", messages);
      return;
    }
    std::this_thread::sleep_for(kRetryInterval);
  }
}

void Writer::correlate_and_write() {
  if (!attempt("correlating", [this] { pipeline_.correlate(runtime::now()); })) return;
  attempt("writing findings", [this] {
    std::string error;
    if (!pipeline_.write(file_, after_crash_, error)) throw std::runtime_error(error);
    after_crash_ = false;
  });
}

bool Writer::attempt(const char* doing, const std::function<void()>& step) {
  try {
    step();
    if (!trouble_.empty()) spdlog::info("The disk takes data again.");
    trouble_.clear();
    return true;
  } catch (const std::exception& error) {
    trouble_ = fmt::format("{} fails: {}", doing, error.what());
    if (log_limit_.pass()) spdlog::error("Work waits for the disk. step=\"{}\" error=\"{}\"", doing, error.what());
    return false;
  }
}

void Writer::publish() {
  WriterView view;
  try {
    view.store = pipeline_.events().stats();
    view.counts = pipeline_.state().counts();
    view.cursor_lag = pipeline_.correlation_lag();
    view.open_windows = pipeline_.open_windows(runtime::now());
    view.last_findings = pipeline_.state().latest_findings(kLastFindings);
  } catch (const std::exception& error) {
    if (trouble_.empty()) trouble_ = error.what();
  }
  view.trouble = trouble_;
  view_.set(std::move(view));
  for (const std::string& warning : pipeline_.events().take_warnings()) spdlog::warn("{}", warning);
}

}  // namespace sensor

#include "sensor/writer.h"

#include "sensor/runtime/clock.h"
#include "storage/sqlite.h"

namespace sensor {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 200ms;  // how long a wait for work lasts
constexpr auto kPublishInterval = 1s;
constexpr auto kLimitsInterval = 60s;
constexpr auto kRetryInterval = 500ms;  // between attempts on a disk that refuses
constexpr auto kFinishTime = 4s;        // for what is queued while the disk refuses; then it is given up
constexpr auto kMaxCountAge = 60s;
constexpr std::size_t kLastFindings = 5;

}  // namespace

std::size_t weight_bytes(const Work& work) {
  if (const auto* messages = std::get_if<Messages>(&work)) {
    return messages->batch.bytes.size() + messages->batch.entries.size() * sizeof(storage::IndexEntry);
  }
  const auto& feed = std::get<graph::FeedBatch>(work);
  std::size_t bytes = sizeof feed;
  for (const auto& alert : feed.alerts) bytes += alert.raw.size() + sizeof alert;
  for (const auto& sign_in : feed.signins) bytes += sign_in.raw.size() + sizeof sign_in;
  return bytes + feed.users.size() * 256;
}

void Writer::start() {
  thread_ = std::thread([this] { loop(); });
}

void Writer::finish() {
  give_up_ = std::chrono::steady_clock::now() + kFinishTime;
  finishing_ = true;
  if (thread_.joinable()) thread_.join();
  if (lost_) spdlog::error("Messages were lost: the disk refused them until the end. messages={}", lost_.load());
}

void Writer::loop() {
  auto published = std::chrono::steady_clock::now();
  auto limited = published;
  attempt("reading the users", [this] { pipeline_.publish_users(users_); });
  attempt("reading the open windows", [this] { pipeline_.correlation().load_windows(runtime::now()); });
  take_exclusions();
  correlate_and_write();
  publish();
  while (!queue_.drained()) {
    if (auto work = queue_.pop(has_more_ ? 0ms : kPatience)) {
      keep(*work);
      give_back(*work);
    }
    if (reopen_.exchange(false)) files_.reopen();
    take_exclusions();
    attempt("reading the quarantine again", [this] { pipeline_.read_quarantine_again(runtime::now()); });
    correlate_and_write();
    const auto now = std::chrono::steady_clock::now();
    if (now - limited >= kLimitsInterval) {
      attempt("making room", [this] { pipeline_.enforce_limits(runtime::now()); });
      limited = now;
    }
    if (now - published >= kPublishInterval) {
      publish();
      published = now;
    }
  }
  publish();
}

void Writer::keep(const Work& work) {
  const bool is_kept = store(work);
  const auto* messages = std::get_if<Messages>(&work);
  if (!messages) return;
  if (!is_kept) lost_ += messages->batch.entries.size();
  if (messages->settled) messages->settled(is_kept);
}

void Writer::give_back(Work& work) {
  auto* messages = std::get_if<Messages>(&work);
  if (!messages) return;
  messages->batch.clear();
  spares_.give(std::move(messages->batch));
}

// Nothing that came in is let go while the disk may still take it: the queue fills behind this, and senders wait. False
// when it was given up.
bool Writer::store(const Work& work) {
  const auto* messages = std::get_if<Messages>(&work);
  const auto once = [&] {
    if (messages)
      pipeline_.store(messages->batch, runtime::now());
    else
      pipeline_.store(std::get<graph::FeedBatch>(work));
  };
  const char* step = messages ? "storing messages" : "storing Graph's records";
  while (true) {
    const Outcome outcome = attempt(step, once);
    if (outcome == Outcome::done) {
      note_stored(work);
      return true;
    }
    if (outcome == Outcome::never || (finishing_ && std::chrono::steady_clock::now() >= give_up_)) return false;
    attempt("making room", [this] { pipeline_.enforce_limits(runtime::now()); });
    publish();
    std::this_thread::sleep_for(kRetryInterval);
  }
}

void Writer::note_stored(const Work& work) {
  if (const auto* feed = std::get_if<graph::FeedBatch>(&work);
      feed && feed->feed == graph::FeedName::users && !feed->cursor.empty())
    attempt("reading the users", [this] { pipeline_.publish_users(users_); });
  const std::uint64_t host = trace_.host_key();
  if (!host) return;
  if (const auto* feed = std::get_if<graph::FeedBatch>(&work)) {
    const auto made = [](const auto& row) { return row.id.starts_with(correlate::kTestPrefix); };
    if (std::ranges::any_of(feed->signins, made)) trace_.facts_stored(runtime::now());
    return;
  }
  for (const storage::IndexEntry& entry : std::get<Messages>(work).batch.entries)
    if (entry.host_key == host) trace_.received(entry.received, runtime::now());
}

void Writer::take_exclusions() {
  std::shared_ptr<const exclusions::ExclusionSet> exclusions;
  {
    const std::lock_guard lock(mutex_);
    exclusions = std::exchange(new_exclusions_, nullptr);
  }
  if (exclusions)
    attempt("weighing suppressed findings",
            [&] { pipeline_.correlation().set_exclusions(exclusions, runtime::now()); });
}

void Writer::correlate_and_write() {
  has_more_ = false;
  attempt("correlating", [this] { has_more_ = pipeline_.correlate_some(runtime::now()); });
  trace_.correlated(runtime::now());
  const Outcome written = attempt("writing findings", [this] {
    std::string error;
    if (!pipeline_.write(files_, after_crash_, error)) throw std::runtime_error(error);
  });
  // After a failure it is unknown whether the last line stands in the file: the next time has to look.
  after_crash_ = written != Outcome::done;
  if (!after_crash_) trace_.written(runtime::now());
}

Writer::Outcome Writer::attempt(const char* doing, const std::function<void()>& step) {
  Outcome outcome = Outcome::later;
  std::string why;
  beats_.fetch_add(1, std::memory_order_relaxed);
  try {
    step();
    if (troubles_.erase(doing)) spdlog::info("Work goes on. step=\"{}\"", doing);
    return Outcome::done;
  } catch (const storage::SqliteError& error) {
    why = error.what();
    if (error.is_damage()) outcome = Outcome::never;
  } catch (const std::exception& error) {
    why = error.what();
  }
  troubles_[doing] = fmt::format("{} fails: {}", doing, why);
  if (log_limit_.pass())
    spdlog::error("Work fails. step=\"{}\" again={} error=\"{}\"", doing, outcome == Outcome::later, why);
  return outcome;
}

// Counting large tables takes time: a two-hundredth of this thread's, so that counts may be some seconds old.
void Writer::count() {
  const auto begin = std::chrono::steady_clock::now();
  if (begin < count_after_) return;
  counts_ = pipeline_.state().counts();
  const auto end = std::chrono::steady_clock::now();
  count_after_ = end + std::min<std::chrono::steady_clock::duration>(200 * (end - begin), kMaxCountAge);
}

void Writer::publish() {
  WriterView view;
  try {
    view.store = pipeline_.events().stats();
    count();
    view.counts = counts_;
    view.cursor_lag = pipeline_.correlation().lag();
    view.torn_lines = files_.torn_lines();
    view.failed_rotations = files_.failed_rotations();
    view.open_windows = pipeline_.correlation().open_windows(runtime::now());
    view.is_learning = pipeline_.correlation().is_learning(runtime::now());
    view.last_findings = pipeline_.state().latest_findings(kLastFindings);
  } catch (const std::exception& error) {
    troubles_["reading the store"] = error.what();
  }
  for (const auto& [step, trouble] : troubles_) view.trouble += (view.trouble.empty() ? "" : "; ") + trouble;
  view_.set(std::move(view));
  for (const std::string& warning : pipeline_.events().take_warnings()) spdlog::warn("{}", warning);
}

}  // namespace sensor

#include "sensor/graph/poller.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "sensor/graph/backoff.h"
#include "sensor/graph/caller.h"
#include "sensor/graph/feed.h"
#include "sensor/graph/origin.h"

namespace graph {
namespace {

using parsers::TimePoint;
using std::chrono::milliseconds;

constexpr std::size_t kMaxWarnings = 16;
constexpr unsigned kFailuresBeforeNarrowing = 3;

// One feed with its own schedule: a feed that waits doesn't hold up the other.
struct Lane {
  FeedName name;
  milliseconds interval;
  std::unique_ptr<Feed> feed;
  SteadyTime due{};
  unsigned failures = 0;
  std::string poll_error;  // of an answer 206: kept until the poll ends, which then is no success
  FeedStatus status;       // under Impl::mutex
};

PageState page_state(Verdict verdict) {
  return verdict == Verdict::partial ? PageState::partial : verdict == Verdict::cut ? PageState::cut : PageState::whole;
}

}  // namespace

const char* to_string(FeedName feed) { return feed == FeedName::alerts ? "alerts" : "signins"; }

struct Poller::Impl {
  Settings settings;
  FeedSink& sink;
  std::function<TimePoint()> now;
  std::vector<Lane> lanes;
  std::unique_ptr<Caller> caller;
  std::minstd_rand random{std::random_device{}()};
  std::thread thread;

  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;  // under mutex, like Lane::status

  Impl(Settings settings_in, FeedSink& sink_in, std::function<TimePoint()> now_in)
      : settings(std::move(settings_in)), sink(sink_in), now(std::move(now_in)) {}

  void add_lane(FeedName name, const FeedSettings& feed, const std::string& cursor) {
    if (!feed.enabled) return;
    Lane lane{name, feed.interval, nullptr, {}, 0, {}, {}};
    lane.status.cursor = cursor;
    lanes.push_back(std::move(lane));
  }

  void make_feeds(const Origin& endpoint) {
    for (Lane& lane : lanes) {
      const std::size_t page = settings.limits.page_size;
      if (lane.name == FeedName::alerts) {
        lane.feed = std::make_unique<AlertFeed>(settings.alerts, page, endpoint, lane.status.cursor);
      } else {
        lane.feed = std::make_unique<SignInFeed>(settings.signins, page, endpoint, lane.status.cursor);
      }
    }
  }

  void refuse_to_start(const std::string& why) {
    const std::lock_guard lock(mutex);
    for (Lane& lane : lanes) lane.status.last_error = why;
  }

  // False: stopping.
  bool wait_until(SteadyTime due) {
    std::unique_lock lock(mutex);
    return !changed.wait_until(lock, due, [this] { return stopping; });
  }

  void run() {
    const auto earlier = [](const Lane& a, const Lane& b) { return a.due < b.due; };
    while (true) {
      Lane& lane = *std::min_element(lanes.begin(), lanes.end(), earlier);
      if (!wait_until(lane.due)) return;
      try {
        if (!step(lane)) return;
      } catch (const std::exception& error) {  // out of memory or threads: this poll fails, the feed goes on
        fail(lane, std::string("the poll failed on this machine: ") + error.what(), {});
      }
    }
  }

  // One request of one feed. False: stopping.
  bool step(Lane& lane) {
    const FeedRequest request = lane.feed->next(now());
    CallAnswer answer = caller->get(request.resource, request.target, now());
    switch (answer.verdict) {
      case Verdict::stopped:
        return false;
      case Verdict::ok:
      case Verdict::partial:
      case Verdict::cut: {
        FeedStep taken = lane.feed->take(answer.body, page_state(answer.verdict), now());
        if (answer.verdict == Verdict::partial) lane.poll_error = answer.error;
        if (answer.verdict == Verdict::cut) taken.error = answer.error;
        return finish(lane, std::move(taken), answer);
      }
      case Verdict::refused:
        if (auto other_way = answer.status == 0 ? std::nullopt : lane.feed->refused(answer.status, now())) {
          return finish(lane, std::move(*other_way), answer);
        }
        break;
      default:
        break;
    }
    const bool too_much = answer.too_large || answer.status >= 500;
    if (too_much && (lane.failures + 1) % kFailuresBeforeNarrowing == 0) lane.feed->narrow();
    fail(lane, answer.error, answer);
    return true;
  }

  bool finish(Lane& lane, FeedStep step, const CallAnswer& answer) {
    const std::string cursor = step.batch.cursor;
    step.batch.round = step.poll_complete ? FeedBatch::Round::ends : FeedBatch::Round::goes_on;
    const bool worth_it = !step.batch.alerts.empty() || !step.batch.signins.empty() || !cursor.empty() ||
                          (step.poll_complete && lane.status.polls == 0);
    if (worth_it && !sink.deliver(std::move(step.batch))) return false;
    {
      const std::lock_guard lock(mutex);
      lane.status.records += step.received;
      lane.status.rejected += step.rejected;
      if (!cursor.empty()) lane.status.cursor = cursor;
      for (auto& warning : step.warnings) warn(lane.status, std::move(warning));
    }
    if (!step.error.empty()) {
      fail(lane, step.error, answer);
    } else {
      lane.failures = 0;
      lane.due = SteadyTime::clock::now();
      if (step.poll_complete) end_poll(lane);
    }
    return true;
  }

  static void warn(FeedStatus& status, std::string warning) {
    const bool known = std::find(status.warnings.begin(), status.warnings.end(), warning) != status.warnings.end();
    if (!known && status.warnings.size() < kMaxWarnings) status.warnings.push_back(std::move(warning));
  }

  void end_poll(Lane& lane) {
    const TimePoint time = now();
    lane.due += lane.interval;
    const std::lock_guard lock(mutex);
    ++lane.status.polls;
    lane.status.last_error = lane.poll_error;
    if (lane.poll_error.empty()) lane.status.last_success = time;
    lane.status.next_poll = time + lane.interval;
    lane.poll_error.clear();
  }

  void fail(Lane& lane, const std::string& error, const CallAnswer& answer) {
    const auto& limits = settings.limits;
    const double unit = std::uniform_real_distribution<double>(0, 1)(random);
    milliseconds wait = backoff(limits.retry_base, limits.retry_cap, ++lane.failures, unit);
    if (answer.retry_after) wait = std::max(wait, *answer.retry_after);
    lane.due = SteadyTime::clock::now() + wait;
    const std::lock_guard lock(mutex);
    if (answer.verdict == Verdict::throttled) ++lane.status.throttled;
    lane.status.last_error = error;
    lane.status.next_poll = now() + wait;
  }
};

Poller::Poller(Settings settings, FeedSink& sink, std::string alerts_cursor, std::string signins_cursor,
               std::function<TimePoint()> now)
    : impl_(std::make_unique<Impl>(std::move(settings), sink, std::move(now))) {
  impl_->add_lane(FeedName::alerts, impl_->settings.alerts, alerts_cursor);
  impl_->add_lane(FeedName::signins, impl_->settings.signins, signins_cursor);
}

Poller::~Poller() { stop(); }

void Poller::start() {
  if (impl_->settings.tenant_id.empty() || impl_->lanes.empty() || impl_->thread.joinable()) return;
  auto places = read_places(impl_->settings);
  if (!places) return impl_->refuse_to_start(places.error().detail);
  impl_->make_feeds(places->endpoint);
  impl_->caller = std::make_unique<Caller>(impl_->settings, places->authority, places->endpoint);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void Poller::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->changed.notify_all();
  }
  if (impl_->caller) impl_->caller->stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

FeedStatus Poller::status(FeedName feed) const {
  const std::lock_guard lock(impl_->mutex);
  const auto lane =
      std::find_if(impl_->lanes.begin(), impl_->lanes.end(), [feed](const Lane& l) { return l.name == feed; });
  return lane == impl_->lanes.end() ? FeedStatus{} : lane->status;
}

}  // namespace graph

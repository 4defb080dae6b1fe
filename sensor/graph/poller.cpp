#include "sensor/graph/poller.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "sensor/graph/backoff.h"
#include "sensor/graph/caller.h"
#include "sensor/graph/lane.h"

namespace graph {
namespace {

using parsers::TimePoint;
using std::chrono::milliseconds;

constexpr unsigned kFailuresBeforeNarrowing = 3;
constexpr milliseconds kWrongClock{60'000};

PageState page_state(Verdict verdict) {
  return verdict == Verdict::partial ? PageState::partial : verdict == Verdict::cut ? PageState::cut : PageState::whole;
}

}  // namespace

const char* to_string(FeedName feed) {
  constexpr const char* kNames[] = {"alerts", "signins", "users"};
  return kNames[static_cast<std::size_t>(feed)];
}

std::string missing_api(const Settings& settings, FeedName feed) {
  if (settings.cloud != "china" || feed != FeedName::alerts) return {};
  return "Microsoft's cloud in China has no security/alerts_v2, so there are no Defender alerts to poll: set "
         "[graph.alerts] enabled = false.";
}

struct Poller::Impl {
  Settings settings;
  FeedSink& sink;
  std::function<TimePoint()> now;
  std::vector<Lane> lanes;    // none that this cloud can't serve
  FeedStatus without_alerts;  // last_error: why there is no lane for alerts
  std::unique_ptr<Caller> caller;
  std::minstd_rand random{std::random_device{}()};
  std::thread thread;

  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;  // under mutex, like Lane::status
  Credential credential;

  Impl(Settings settings_in, FeedSink& sink_in, std::function<TimePoint()> now_in)
      : settings(std::move(settings_in)), sink(sink_in), now(std::move(now_in)) {}

  void add_lane(FeedName name, const FeedSettings& feed, std::string cursor, const std::string& habit) {
    if (!feed.enabled) return;
    if (const std::string missing = missing_api(settings, name); !missing.empty()) {
      without_alerts.last_error = missing;
      return;
    }
    lanes.emplace_back(name, feed, std::move(cursor), habit);
  }

  void make_feeds(const Origin& endpoint) {
    const std::size_t page = settings.limits.page_size;
    for (Lane& lane : lanes) {
      const std::string& cursor = lane.status.cursor;
      if (lane.name == FeedName::alerts) {
        lane.feed = std::make_unique<AlertFeed>(lane.settings, page, endpoint, cursor);
      } else if (lane.name == FeedName::signins) {
        lane.feed = std::make_unique<SignInFeed>(lane.settings, page, endpoint, cursor);
      } else {
        lane.feed = std::make_unique<UserFeed>(page, endpoint, cursor);
      }
    }
  }

  void refuse_to_start(const std::string& why) {
    const std::lock_guard lock(mutex);
    for (Lane& lane : lanes) lane.status.last_error = why;
  }

  // What rows are stamped by. A clock of ours that is hours off would leave out the newest ones, or put the cursor
  // ahead of them.
  TimePoint graph_now(const Lane& lane) const {
    const milliseconds ahead = lane.status.clock_ahead.value_or(milliseconds(0));
    return ahead > kWrongClock || ahead < -kWrongClock ? now() - ahead : now();
  }

  // False: stopping.
  bool wait_until(SteadyTime due) {
    std::unique_lock lock(mutex);
    return !changed.wait_until(lock, due, [this] { return stopping; });
  }

  void run() {
    // Who has waited longest goes first, so that no feed starves another.
    const auto earlier = [](const Lane& a, const Lane& b) {
      return std::pair(a.ready(), a.due) < std::pair(b.ready(), b.due);
    };
    while (true) {
      Lane& lane = *std::min_element(lanes.begin(), lanes.end(), earlier);
      if (!wait_until(lane.ready())) return;
      try {
        if (!step(lane)) return;
      } catch (const std::exception& error) {  // out of memory or threads: this poll fails, the feed goes on
        fail(lane, std::string("the poll failed on this machine: ") + error.what(), {});
      }
    }
  }

  // One request of one feed. False: stopping.
  bool step(Lane& lane) {
    const FeedRequest request = lane.feed->next(graph_now(lane));
    lane.budget.take(SteadyTime::clock::now());
    const bool again = lane.feed->reads_again();
    const CallAnswer answer = caller->get(request.resource, request.target, lane.feed->begin_page(), now());
    note(lane, answer);
    switch (answer.verdict) {
      case Verdict::stopped:
        return false;
      case Verdict::ok:
      case Verdict::partial:
      case Verdict::cut: {
        FeedStep taken = lane.feed->end_page(page_state(answer.verdict), graph_now(lane));
        if (answer.verdict == Verdict::partial) lane.poll_error = answer.error;
        const std::string ids = " " + in_brackets(answer.request_id);
        if (!taken.error.empty()) taken.error = answer.verdict == Verdict::cut ? answer.error : taken.error + ids;
        for (auto& warning : taken.warnings) warning += ids;
        return finish(lane, std::move(taken), answer, again);
      }
      case Verdict::refused:
        if (auto other_way = answer.status == 0 ? std::nullopt : lane.feed->refused(answer.status, graph_now(lane))) {
          for (auto& warning : other_way->warnings) warning += " " + answer.error;
          if (!other_way->error.empty()) other_way->error += " " + answer.error;
          return finish(lane, std::move(*other_way), answer, again);
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

  void note(Lane& lane, const CallAnswer& answer) {
    const std::lock_guard lock(mutex);
    ++lane.status.requests;
    if (answer.clock_ahead) lane.status.clock_ahead = answer.clock_ahead;
    credential = caller->credential();
  }

  // `again`: the request belonged to a sweep, which is no poll of its own.
  bool finish(Lane& lane, FeedStep step, const CallAnswer& answer, bool again) {
    const std::string cursor = step.batch.cursor;
    const bool poll_complete = step.poll_complete && !again;
    if (!again) step.batch.round = step.poll_complete ? FeedBatch::Round::ends : FeedBatch::Round::goes_on;
    const bool ends_first_poll = poll_complete && lane.status.polls == 0;
    {
      const std::lock_guard lock(mutex);
      lane.sort_out(step.batch, graph_now(lane));
      lane.status.records += step.received;
      lane.status.rejected += step.rejected;
      lane.status.damaged += step.damaged ? 1 : 0;
      lane.status.gaps += step.gap ? 1 : 0;
      for (auto& warning : step.warnings) lane.warn(std::move(warning));
      if (poll_complete && step.error.empty() && lane.poll_error.empty())
        step.batch.habit = lane.end_poll(graph_now(lane));
      lane.refresh(graph_now(lane));
    }
    const FeedBatch& batch = step.batch;
    const bool worth_it = !batch.alerts.empty() || !batch.signins.empty() || !batch.users.empty() ||
                          batch.users_begin_anew || !cursor.empty() || !batch.habit.empty() || ends_first_poll;
    if (worth_it && !sink.deliver(std::move(step.batch))) return false;
    if (!cursor.empty()) {
      const std::lock_guard lock(mutex);
      lane.status.cursor = cursor;
    }
    if (!step.error.empty()) {
      fail(lane, step.error, answer);
    } else {
      lane.failures = 0;
      lane.due = SteadyTime::clock::now();
      lane.sweep_pages += again ? 1 : 0;
      if (poll_complete) end_poll(lane);
      if (step.poll_complete && again) end_sweep(lane);
    }
    return true;
  }

  void end_poll(Lane& lane) {
    const TimePoint time = now();
    lane.due += lane.settings.interval;
    const std::lock_guard lock(mutex);
    ++lane.status.polls;
    lane.status.last_error = lane.poll_error;
    if (lane.poll_error.empty()) lane.status.last_success = time;
    lane.status.next_poll = time + lane.settings.interval;
    const auto stretch = lane.poll_error.empty() ? lane.next_sweep(graph_now(lane)) : std::nullopt;
    lane.poll_error.clear();
    if (!stretch) return;
    lane.feed->read_again(stretch->from, stretch->until);
    lane.due = SteadyTime::clock::now();
  }

  void end_sweep(Lane& lane) {
    lane.end_sweep();
    lane.due += lane.settings.interval;
    const std::lock_guard lock(mutex);
    lane.status.last_error = lane.poll_error;
    lane.status.next_poll = now() + lane.settings.interval;
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
    lane.refresh(graph_now(lane));
  }
};

Poller::Poller(Settings settings, FeedSink& sink, Cursors cursors, std::function<TimePoint()> now)
    : impl_(std::make_unique<Impl>(std::move(settings), sink, std::move(now))) {
  const Settings& own = impl_->settings;
  impl_->lanes.reserve(3);
  impl_->add_lane(FeedName::alerts, own.alerts, std::move(cursors.alerts), cursors.alerts_habit);
  impl_->add_lane(FeedName::signins, own.signins, std::move(cursors.signins), cursors.signins_habit);
  impl_->add_lane(FeedName::users, own.users, std::move(cursors.users), "");
}

Poller::~Poller() { stop(); }

void Poller::start() {
  if (impl_->settings.tenant_id.empty() || impl_->lanes.empty() || impl_->thread.joinable()) return;
  auto places = read_places(impl_->settings);
  if (!places) return impl_->refuse_to_start(places.error().detail);
  impl_->make_feeds(places->endpoint);
  impl_->caller = std::make_unique<Caller>(impl_->settings, *places);
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
  for (const Lane& lane : impl_->lanes) {
    if (lane.name == feed) return lane.status;
  }
  return feed == FeedName::alerts ? impl_->without_alerts : FeedStatus{};
}

bool Poller::polls(FeedName feed) const {
  const auto is_it = [feed](const Lane& lane) { return lane.name == feed; };
  return std::any_of(impl_->lanes.begin(), impl_->lanes.end(), is_it);
}

Credential Poller::credential() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->credential;
}

}  // namespace graph

#include <algorithm>

#include "sensor/graph/feed.h"

namespace graph {
namespace {

using parsers::TimePoint;

constexpr unsigned kMaxRestarts = 3;  // of one window at once, when links expire; later ones wait

}  // namespace

SignInFeed::SignInFeed(const FeedSettings& settings, std::size_t page_size, Origin endpoint, std::string_view cursor)
    : settings_(settings), page_size_(page_size), links_(std::move(endpoint)) {
  settings_.backfill = std::min<std::chrono::milliseconds>(settings_.backfill, kRetention);
  const auto time = parsers::parse_rfc3339(cursor);
  if (time) cursor_ = *time;
}

void SignInFeed::begin(TimePoint now) {
  const TimePoint reached = cursor_ ? std::min(*cursor_, now) : now - settings_.backfill;
  near_ = last_begun_ && full_until_ && now < *full_until_ && *last_begun_ <= now && settings_.overlap > kNear;
  const TimePoint from =
      near_ ? *last_begun_ - kNear : std::max(cursor_ ? reached - settings_.overlap : reached, now - kRetention);
  // A poll that follows the last one closely is one window, also in a quiet tenant, whose cursor stays `overlap`
  // behind.
  const bool follows_closely = now - reached <= settings_.overlap + kCatchUpWindow;
  again_ = false;
  begin(from, now, follows_closely ? now - from : parsers::Duration(kCatchUpWindow));
}

void SignInFeed::read_again(TimePoint from, TimePoint until) {
  again_ = true;
  begin(from, until, until - from);
}

void SignInFeed::begin(TimePoint from, TimePoint until, parsers::Duration window) {
  answers_ = 0;
  poll_until_ = until;
  window_limit_ = widest_ = window;
  begun_from_ = from;
  damaged_ = 0;
  newest_.reset();
  whole_ = polling_ = true;
  open_window(from);
}

void SignInFeed::open_window(TimePoint from) {
  from_ = from;
  until_ = std::min(from_ + window_limit_, poll_until_);
  beta_stage_ = false;
  restarts_ = 0;
  links_.reset();
}

FeedRequest SignInFeed::next(TimePoint now) {
  if (!polling_) begin(now);
  const Resource resource = beta_stage_ ? Resource::signins_beta : Resource::signins;
  if (!links_.target().empty()) return {resource, links_.target()};
  std::string filter = "createdDateTime ge " + filter_time(from_) + " and createdDateTime le " + filter_time(until_);
  if (beta_stage_) filter += " and signInEventTypes/any(t: t eq 'nonInteractiveUser')";
  return {resource, std::string(beta_stage_ ? "/beta" : "/v1.0") +
                        "/auditLogs/signIns?$filter=" + percent_encode(filter) + "&$top=" + std::to_string(page_size_)};
}

FeedStep SignInFeed::end_page(PageState state, TimePoint now) {
  auto page = arriving_->finish();
  if (page) return take(std::move(*page), state, now);
  FeedStep step;
  step.batch.feed = FeedName::signins;
  step.error = "Graph's page of sign-ins can't be read: " +
               printable(page.error().detail.empty() ? page.error().code : page.error().detail);
  return damaged(std::move(step), damage_of(state, arriving_->start()), now);
}

// What stands whole in the page was taken. The rest is asked for again in ever smaller windows, and the smallest one
// that stays damaged is passed over.
FeedStep SignInFeed::damaged(FeedStep step, Damage damage, TimePoint now) {
  step.damaged = true;
  if (++damaged_ < kDamagedTries) return step;
  if (until_ - from_ >= 2 * kSmallestWindow) {
    narrow();
    if (until_ - from_ < 2 * kSmallestWindow) damaged_ = 0;
    return step;
  }
  if (damage == Damage::on_the_way) return step;
  damaged_ = 0;
  step.gap = true;
  step.warnings.push_back("Some sign-ins between " + filter_time(from_) + " and " + filter_time(until_) +
                          " stay unreadable, and were passed over. " + step.error);
  step.error.clear();
  return end_stage(std::move(step), now);
}

std::optional<Progress> SignInFeed::progress() const {
  if (!polling_ || again_ || (from_ == begun_from_ && links_.target().empty() && !beta_stage_)) return std::nullopt;
  return Progress{begun_from_, from_, poll_until_};
}

FeedStep SignInFeed::take(parsers::Page<parsers::SignIn> page, PageState state, TimePoint now) {
  FeedStep step;
  step.batch.feed = FeedName::signins;
  step.received = page.records.size();
  step.rejected = page.rejected.size();
  for (const auto& signin : page.records) newest_ = std::max(newest_.value_or(signin.created), signin.created);
  step.batch.signins = std::move(page.records);
  if (state == PageState::cut || page.truncated) {
    step.error = "Graph's page of sign-ins is incomplete; what stands whole in it was taken.";
    return damaged(std::move(step), state == PageState::cut ? Damage::on_the_way : Damage::by_graph, now);
  }
  damaged_ = 0;
  ++answers_;
  step.damaged = state == PageState::partial;
  if (step.damaged) whole_ = false;
  // An empty page may have a next one: only the absence of a link ends the window.
  if (page.next_link.empty()) return end_stage(std::move(step), now);
  if (const auto error = links_.follow(page.next_link)) {
    step.error = "Paging the sign-ins failed: " + error->detail;
    links_.reset();
  }
  return step;
}

bool SignInFeed::wants_beta(TimePoint now) const {
  // Within half the overlap, so that a refusal that was a whim costs no row that is at most the other half late.
  const auto pause = std::clamp<parsers::Duration>(settings_.overlap / 2, std::chrono::minutes(1), kBetaPause);
  return settings_.non_interactive && (!beta_refused_at_ || now - *beta_refused_at_ >= pause);
}

FeedStep SignInFeed::end_stage(FeedStep step, TimePoint now) {
  links_.reset();
  restarts_ = 0;
  if (beta_stage_) beta_refused_at_.reset();
  if (!beta_stage_ && wants_beta(now)) {
    beta_stage_ = true;
    return step;
  }
  return end_window(std::move(step), now);
}

FeedStep SignInFeed::end_window(FeedStep step, TimePoint now) {
  if (whole_ && !near_ && !again_) {
    TimePoint reached = until_ - settings_.overlap;
    if (newest_) reached = std::max(reached, std::min(*newest_, until_));
    const bool ahead_of_clock = cursor_ && *cursor_ > poll_until_;
    cursor_ = cursor_ && !ahead_of_clock ? std::max(*cursor_, reached) : reached;
    step.batch.cursor = filter_time(*cursor_);
  }
  step.poll_complete = until_ >= poll_until_;
  window_limit_ = std::min(widest_, window_limit_ * 2);
  if (step.poll_complete) {
    polling_ = false;
    if (again_) return step;
    if (whole_) last_begun_ = poll_until_;
    const auto pace = std::chrono::microseconds(std::chrono::minutes(1)) / std::max(settings_.requests_per_minute, 1U);
    if (!near_) full_until_ = now + kFullPollShare * answers_ * pace;
  } else {
    open_window(until_);
  }
  return step;
}

std::optional<FeedStep> SignInFeed::refused(int status, TimePoint now) {
  FeedStep step;
  step.batch.feed = FeedName::signins;
  const bool known = status == 400 || status == 403 || status == 404 || status == 410;
  if (!polling_ || !known) return std::nullopt;
  if (!links_.target().empty()) {
    // A link expires while its window waits; the window begins again and repeats what it gave.
    links_.reset();
    if (++restarts_ > kMaxRestarts) {
      step.error = "Graph's links to further sign-ins expire before they are used; smaller windows are asked for.";
      narrow();
    }
    return step;
  }
  if (!beta_stage_) return std::nullopt;
  beta_refused_at_ = now;
  step.warnings.push_back("Graph's beta refused non-interactive sign-ins (" + std::to_string(status) +
                          "); interactive ones go on. It is asked again within the hour; set [graph.signins] "
                          "non_interactive = false to end that.");
  return end_window(std::move(step), now);
}

void SignInFeed::narrow() {
  if (!polling_) return;
  const parsers::Duration half = (until_ - from_) / 2;
  if (half >= kSmallestWindow) window_limit_ = half;
  open_window(from_);
}

}  // namespace graph

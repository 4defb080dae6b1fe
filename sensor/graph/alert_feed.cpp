#include <algorithm>

#include "sensor/graph/feed.h"

namespace graph {
namespace {

using parsers::TimePoint;

constexpr std::size_t kMaxSkip = 500;        // alerts_v2 answers 400 beyond it
constexpr std::size_t kMaxSeen = 1'000'000;  // ids kept in one poll; forgetting them only repeats records
constexpr std::size_t kSmallestPage = 25;    // of what Graph fails at; a damaged page goes down to one record
constexpr parsers::Duration kStep{1};
// Nobody documents how many alerts Graph gives at most. A page of this size or more that is as large as the largest one
// seen may be such a limit, and is taken for full: that costs a request and can't lose the rest.
constexpr std::size_t kSmallestLimit = 50;

std::optional<TimePoint> read_cursor(std::string_view cursor) {
  const auto time = parsers::parse_rfc3339(cursor);
  if (!time) return std::nullopt;
  return *time;
}

}  // namespace

AlertFeed::AlertFeed(const FeedSettings& settings, std::size_t page_size, Origin endpoint, std::string_view cursor)
    : settings_(settings),
      page_size_(page_size),
      full_page_size_(page_size),
      cursor_(read_cursor(cursor)),
      links_(std::move(endpoint)) {}

void AlertFeed::begin(TimePoint now) {
  // A cursor in the future comes from a clock that was wrong; the overlap is then counted from now.
  from_ = cursor_ ? std::min(*cursor_, now) - settings_.overlap : now - settings_.backfill;
  begun_ = now;
  begun_from_ = from_;
  until_.reset();
  newest_.reset();
  skip_ = pages_ = 0;
  links_.reset();
  seen_.clear();
  whole_ = polling_ = true;
  again_ = false;
}

// The upper bound would turn the order around, and what is newer is read again soon anyway.
void AlertFeed::read_again(TimePoint from, TimePoint until) {
  begin(until);
  from_ = begun_from_ = from;
  again_ = true;
}

FeedRequest AlertFeed::next(TimePoint now) {
  if (!polling_) begin(now);
  if (!links_.target().empty()) return {Resource::alerts, links_.target()};
  std::string filter = "lastUpdateDateTime ge " + filter_time(from_);
  if (until_) filter += " and lastUpdateDateTime le " + filter_time(*until_);
  std::string target = "/v1.0/security/alerts_v2?$filter=" + percent_encode(filter);
  if (orderby_) target += "&$orderby=" + percent_encode("lastUpdateDateTime asc");
  target += "&$top=" + std::to_string(page_size_);
  if (skip_ > 0) target += "&$skip=" + std::to_string(skip_);
  return {Resource::alerts, std::move(target)};
}

FeedStep AlertFeed::end_page(PageState state, TimePoint now) {
  auto page = arriving_->finish();
  if (page) return take(std::move(*page), state, now);
  FeedStep step;
  step.error = "Graph's page of alerts can't be read: " +
               printable(page.error().detail.empty() ? page.error().code : page.error().detail);
  return damaged(std::move(step), damage_of(state, arriving_->start()));
}

// What stands whole in the page was taken; what else it held is asked for again, in the end without the page.
FeedStep AlertFeed::damaged(FeedStep step, Damage damage) {
  step.damaged = true;
  if (++damaged_ < kDamagedTries) return step;
  if (!links_.target().empty()) {
    // Without the link the same place is found again by its time.
    if (orderby_ && newest_) from_ = std::max(from_, *newest_);
    links_.reset();
  }
  if (page_size_ > 1) {
    page_size_ = page_size_ / 2;
    if (page_size_ == 1) damaged_ = 0;
    return step;
  }
  if (damage == Damage::on_the_way) return step;
  damaged_ = 0;
  step.gap = true;
  const std::string where = (until_ ? "before " + filter_time(*until_) : "after " + filter_time(from_));
  step.warnings.push_back("One alert " + where + " stays unreadable, and was passed over. " + step.error);
  step.error.clear();
  if (skip_ < kMaxSkip) {
    ++skip_;
  } else {
    continue_tie(0, step);
  }
  return step;
}

FeedStep AlertFeed::take(parsers::Page<parsers::Alert> page, PageState state, TimePoint now) {
  FeedStep step;
  step.received = page.records.size();
  step.rejected = page.rejected.size();
  for (const auto& alert : page.records) newest_ = std::max(newest_.value_or(alert.last_update), alert.last_update);
  const bool cut = state == PageState::cut || page.truncated;
  const std::size_t count = page.records.size() + page.rejected.size();
  const bool full = count >= page_size_ || (count >= kSmallestLimit && count >= largest_page_);
  largest_page_ = std::max(largest_page_, count);
  const std::string link = std::move(page.next_link);
  if (!cut && link.empty() && full) continue_by_time(page.records, count, step);
  keep_new(std::move(page.records), step.batch.alerts);
  if (cut) {
    step.error = "Graph's page of alerts is incomplete; what stands whole in it was taken.";
    return damaged(std::move(step), state == PageState::cut ? Damage::on_the_way : Damage::by_graph);
  }
  damaged_ = 0;
  step.damaged = state == PageState::partial;
  if (step.damaged) whole_ = false;
  if (!step.error.empty() || ++pages_ > LinkTrail::kMaxPages)
    return abandon(std::move(step), "Graph's alerts have no end.");
  if (!link.empty()) {
    if (const auto error = links_.follow(link))
      return abandon(std::move(step), "Paging the alerts failed: " + error->detail);
    return step;
  }
  if (!full) return complete(std::move(step), now);
  page_size_ = std::min(full_page_size_, page_size_ * 2);
  move_cursor(step);
  return step;
}

// In ascending order nothing older than the lower bound is still to come in this poll.
void AlertFeed::move_cursor(FeedStep& step) {
  if (again_ || !orderby_ || until_ || !whole_ || (cursor_ && *cursor_ >= from_) || from_ > begun_) return;
  cursor_ = from_;
  step.batch.cursor = filter_time(from_);
}

std::optional<Progress> AlertFeed::progress() const {
  if (!polling_ || again_ || pages_ == 0) return std::nullopt;
  return Progress{begun_from_, until_ ? *until_ : std::min(from_, begun_), until_ ? begun_from_ : begun_};
}

void AlertFeed::keep_new(std::vector<parsers::Alert> page, std::vector<parsers::Alert>& out) {
  if (seen_.size() > kMaxSeen) seen_.clear();
  for (auto& alert : page) {
    const auto [known, is_new] = seen_.try_emplace(alert.id, alert.last_update);
    if (!is_new && known->second >= alert.last_update) continue;
    known->second = alert.last_update;
    out.push_back(std::move(alert));
  }
}

// Stamps are kept to the microsecond and Graph's are finer, so bounds lie on the outer side: a lower one is cut, an
// upper one is the next microsecond.
void AlertFeed::continue_by_time(const std::vector<parsers::Alert>& page, std::size_t count, FeedStep& step) {
  links_.reset();
  if (page.empty()) {
    step.error = "Graph sent a full page of alerts, and not one of them can be read.";
    return;
  }
  const auto by_update = [](const auto& a, const auto& b) { return a.last_update < b.last_update; };
  const auto [oldest, newest] = std::minmax_element(page.begin(), page.end(), by_update);
  if (newest->last_update < from_) {
    step.error = "Graph does not keep to the filter: it sent alerts older than " + filter_time(from_) + ".";
    return;
  }
  const bool newest_first = until_ || page.front().last_update > page.back().last_update;
  if (newest_first) {
    const TimePoint bound = oldest->last_update + kStep;
    if (until_ && bound >= *until_) return continue_tie(count, step);
    until_ = bound;
  } else {
    if (newest->last_update <= from_) return continue_tie(count, step);
    from_ = newest->last_update;
  }
  skip_ = 0;
}

void AlertFeed::continue_tie(std::size_t count, FeedStep& step) {
  if (skip_ < kMaxSkip) {
    skip_ = std::min(skip_ + count, kMaxSkip);
    return;
  }
  step.warnings.push_back("More alerts share the time " + filter_time(until_.value_or(from_)) +
                          " than Graph gives out; those beyond " + std::to_string(kMaxSkip + page_size_) +
                          " were not read.");
  skip_ = 0;
  if (until_) {
    *until_ -= kStep;
  } else {
    from_ += kStep;
  }
}

FeedStep AlertFeed::abandon(FeedStep step, std::string error) {
  if (step.error.empty()) step.error = std::move(error);
  polling_ = false;
  return step;
}

FeedStep AlertFeed::complete(FeedStep step, TimePoint now) {
  polling_ = false;
  page_size_ = full_page_size_;
  step.poll_complete = true;
  if (!whole_ || again_) return step;
  if (newest_) {
    const TimePoint reached = std::min(*newest_, now);
    cursor_ = cursor_ ? std::max(std::min(*cursor_, now), reached) : reached;
  }
  if (cursor_) step.batch.cursor = filter_time(*cursor_);
  return step;
}

std::optional<FeedStep> AlertFeed::refused(int status, TimePoint) {
  if (!polling_ || status != 400) return std::nullopt;
  FeedStep step;
  if (!links_.target().empty()) {
    step.error = "Graph no longer knows the next page of alerts; the poll begins again.";
    polling_ = false;
  } else if (skip_ > 0) {
    skip_ = kMaxSkip;
    continue_tie(0, step);
  } else if (orderby_) {
    orderby_ = false;
    polling_ = false;
    step.warnings.push_back("Graph refused to sort alerts; they are read from the newest to the oldest.");
  } else {
    return std::nullopt;
  }
  return step;
}

void AlertFeed::narrow() {
  page_size_ = std::max(page_size_ / 2, std::min(kSmallestPage, page_size_));
  if (!links_.target().empty()) polling_ = false;
}

}  // namespace graph

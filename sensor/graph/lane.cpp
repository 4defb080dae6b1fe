#include "sensor/graph/lane.h"

#include <algorithm>

namespace graph {
namespace {

using parsers::TimePoint;

constexpr std::size_t kMaxWarnings = 16;
constexpr std::chrono::minutes kHabitInterval{10};  // between two copies of the habit in the state database
constexpr std::chrono::minutes kSlack{10};          // rows are remembered this much longer than the overlap reaches

TimePoint update_of(const parsers::Alert& alert) { return alert.last_update; }
TimePoint creation_of(const parsers::SignIn& sign_in) { return sign_in.created; }

}  // namespace

Lane::Lane(FeedName name_in, const FeedSettings& settings_in, std::string cursor, std::string_view habit)
    : name(name_in),
      settings(settings_in),
      budget(settings_in.requests_per_minute),
      sweep_(settings_in, name_in != FeedName::alerts),
      habit_(Habit::load(habit)) {
  status.cursor = std::move(cursor);
}

parsers::Duration Lane::memory() const { return std::max(settings.overlap, settings.sweep) + kSlack; }

template <class Record>
void Lane::sort_out(std::vector<Record>& records, TimePoint (*time_of)(const Record&), TimePoint now) {
  const bool knows_all = sweep_.rounds() > 0;
  std::erase_if(records, [&](const Record& record) {
    const bool measure = !history_ && (knows_all || time_of(record) >= measured_from_);
    const auto sight = seen_.see(record.id, record.raw, time_of(record), now, memory(), measure);
    if (sight == Sightings::Sight::fresh) {
      ++status.fresh;
      // After a start the overlap holds rows that were new before it.
      if (!history_ || habit_.is_news(time_of(record))) something_new_ = true;
    }
    return sight == Sightings::Sight::known;
  });
}

void Lane::sort_out(FeedBatch& batch, TimePoint now) {
  sort_out(batch.alerts, &update_of, now);
  sort_out(batch.signins, &creation_of, now);
}

std::string Lane::end_poll(TimePoint now) {
  seen_.forget_before(now - memory() - kSlack);
  if (history_) measured_from_ = now - settings.overlap;
  history_ = false;
  habit_.note(now, something_new_);
  const bool keep = something_new_ && now - habit_kept_ >= kHabitInterval && name != FeedName::users;
  something_new_ = false;
  if (!keep) return {};
  habit_kept_ = now;
  return habit_.save();
}

void Lane::refresh(TimePoint now) {
  const Lateness& late = seen_.lateness();
  status.lateness = {late.rows(),           late.percentile(0.5),   late.percentile(0.9),
                     late.percentile(0.99), late.percentile(0.999), suggested_overlap(late, settings.overlap)};
  const auto silence = name == FeedName::users ? std::nullopt : habit_.silence(now);
  status.silence = silence ? std::optional(SilenceStatus{silence->since, silence->usual}) : std::nullopt;
  status.progress = feed ? feed->progress() : std::nullopt;
}

void Lane::warn(std::string warning) {
  auto& warnings = status.warnings;
  // The same one again: its newest request is the one to ask Microsoft about.
  const auto words = [](std::string_view text) { return text.substr(0, text.find("(client-request-id")); };
  std::erase_if(warnings, [&](const std::string& other) { return words(other) == words(warning); });
  // The newest ones are worth more than the oldest.
  if (warnings.size() >= kMaxWarnings) warnings.erase(warnings.begin());
  warnings.push_back(std::move(warning));
}

}  // namespace graph

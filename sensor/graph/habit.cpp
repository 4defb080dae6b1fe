#include "sensor/graph/habit.h"

#include <algorithm>
#include <charconv>

namespace graph {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::string_view kVersion = "1";
constexpr int kTooLong = 3;                  // times what is usual
constexpr hours kLongestLearned{24 * 7};     // a longer gap is an outage, or the sensor was away
constexpr std::int64_t kFadeNumerator = 15;  // of sixteen: an exceptional gap is forgotten within weeks

seconds whole(parsers::Duration duration) { return std::chrono::floor<seconds>(duration); }

bool next_number(std::string_view& text, std::int64_t& number) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == text.npos) return false;
  text.remove_prefix(begin);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::size_t Habit::slot(parsers::TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto hour = static_cast<std::size_t>(std::chrono::floor<hours>(time - day).count());
  const std::chrono::weekday weekday{day};
  const bool week_end = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
  return hour + (week_end ? 24 : 0);
}

void Habit::note(parsers::TimePoint now, bool something_new) {
  if (!something_new) return;
  if (last_new_ && now > *last_new_ && now - *last_new_ < kLongestLearned) {
    const std::int64_t gap = whole(now - *last_new_).count();
    for (auto time = *last_new_;; time += hours(1)) {
      time = std::min(time, now);
      Hour& hour = hours_[slot(time)];
      const std::int64_t day = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
      const bool new_day = day != hour.last_day;
      if (new_day) hour.quiet_seconds = hour.quiet_seconds * kFadeNumerator / 16;
      // An outage must not teach that outages are usual: a known hour learns at most the double at once.
      const bool known = hour.days >= kDaysToLearn;
      const std::int64_t most = known ? std::max<std::int64_t>(2 * hour.quiet_seconds, 60) : gap;
      hour.quiet_seconds = std::max(hour.quiet_seconds, std::min(gap, most));
      hour.days += new_day ? 1 : 0;
      hour.last_day = day;
      if (time == now) break;
    }
  }
  last_new_ = now;
}

std::optional<Habit::Silence> Habit::silence(parsers::TimePoint now) const {
  if (!last_new_ || now - *last_new_ < kShortestAlarm) return std::nullopt;
  std::int64_t usual = 0;
  // The hours that the quiet spans; more than a week of them are all hours.
  const auto from = std::max<parsers::TimePoint>(*last_new_, now - kLongestLearned);
  for (auto time = from;; time += hours(1)) {
    time = std::min(time, now);
    const Hour& hour = hours_[slot(time)];
    if (hour.days < kDaysToLearn) return std::nullopt;
    usual = std::max(usual, hour.quiet_seconds);
    if (time == now) break;
  }
  if (now - *last_new_ <= seconds(usual) * kTooLong) return std::nullopt;
  return Silence{*last_new_, seconds(usual)};
}

std::string Habit::save() const {
  std::string out(kVersion);
  out += " " + std::to_string(last_new_ ? whole(last_new_->time_since_epoch()).count() : 0);
  for (const Hour& hour : hours_) {
    out += " " + std::to_string(hour.quiet_seconds) + " " + std::to_string(hour.last_day) + " " +
           std::to_string(hour.days);
  }
  return out;
}

Habit Habit::load(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;  // beyond any time and count
  Habit habit;
  std::int64_t last = 0;
  if (!text.starts_with(std::string(kVersion) + " ")) return habit;
  text.remove_prefix(kVersion.size());
  const auto sound = [&](std::int64_t& number) { return next_number(text, number) && number >= -1 && number < kMost; };
  if (!sound(last)) return {};
  for (Hour& hour : habit.hours_) {
    if (!sound(hour.quiet_seconds) || !sound(hour.last_day) || !sound(hour.days)) return {};
  }
  if (last > 0) habit.last_new_ = parsers::TimePoint{seconds(last)};
  return habit;
}

}  // namespace graph

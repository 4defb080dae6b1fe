#include "sensor/graph/sightings.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace graph {
namespace {

constexpr double kGrowth = 1.25;
constexpr std::uint64_t kRowsToJudge = 100;
constexpr double kAlmostAll = 0.999;

// FNV-1a with a final mix; equal 64 bits for two rows of one overlap are not to be expected.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash ^= hash >> 32;
  return hash * 0x9e3779b97f4a7c15ULL;
}

}  // namespace

void Lateness::add(std::chrono::seconds late) {
  const double seconds = std::max<double>(1, static_cast<double>(late.count()));
  const auto at = static_cast<std::size_t>(std::ceil(std::log(seconds) / std::log(kGrowth)));
  ++counts_[std::min(at, kClasses - 1)];
  ++rows_;
}

std::chrono::seconds Lateness::percentile(double part) const {
  const double wanted = part * static_cast<double>(rows_);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kClasses; ++i) {
    below += counts_[i];
    if (below > 0 && static_cast<double>(below) >= wanted) {
      return std::chrono::seconds(std::llround(std::pow(kGrowth, static_cast<double>(i))));
    }
  }
  return std::chrono::seconds(0);
}

std::optional<std::chrono::minutes> suggested_overlap(const Lateness& lateness, std::chrono::milliseconds overlap) {
  if (lateness.rows() < kRowsToJudge) return std::nullopt;
  const auto needed = lateness.percentile(kAlmostAll) * 3 / 2;
  if (needed <= overlap) return std::nullopt;
  return std::chrono::ceil<std::chrono::minutes>(needed);
}

Sightings::Sight Sightings::see(std::string_view id, std::string_view content, parsers::TimePoint time,
                                parsers::TimePoint now, parsers::Duration keep, bool measure) {
  const std::uint64_t key = hash_of(id);
  const std::uint64_t digest = hash_of(content);
  const auto found = rows_.find(key);
  if (found != rows_.end()) {
    const bool same = found->second.content == digest;
    found->second = {digest, parsers::to_micros(time)};
    return same ? Sight::known : Sight::changed;
  }
  if (measure && time > forgotten_until_) lateness_.add(std::chrono::floor<std::chrono::seconds>(now - time));
  if (time >= now - keep && time > forgotten_until_) {
    if (rows_.size() >= kMaxRows) forget_older_half();
    rows_.try_emplace(key, Row{digest, parsers::to_micros(time)});
  }
  return Sight::fresh;
}

void Sightings::forget_older_half() {
  std::vector<std::int64_t> times;
  times.reserve(rows_.size());
  for (const auto& [id, row] : rows_) times.push_back(row.micros);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  forgotten_until_ = parsers::TimePoint{std::chrono::microseconds(*middle)};
  erase_if(rows_, [middle](const auto& row) { return row.second.micros <= *middle; });
}

void Sightings::forget_before(parsers::TimePoint time) {
  const std::int64_t micros = parsers::to_micros(time);
  erase_if(rows_, [micros](const auto& row) { return row.second.micros < micros; });
}

}  // namespace graph

#include "sensor/followers.h"

#include <algorithm>
#include <utility>

#include "parsers/url.h"
#include "sensor/correlate/chain.h"

namespace sensor {

void Followers::clear() {
  spans_.clear();
  visitors_.clear();
}

void Followers::add(std::uint64_t host_key, std::string_view account, std::string_view source,
                    parsers::TimePoint time) {
  const std::uint64_t who = parsers::host_key(account.empty() ? source : account);
  if (who == 0) return;
  auto& visitors = visitors_[host_key];
  if (std::ranges::find(visitors, who) == visitors.end()) {
    if (visitors.size() >= kCrowd) return;
    visitors.push_back(who);
  }
  auto& spans = spans_[who];
  spans.push_back({time, time + correlate::kRefererTime});
  spans = correlate::merge(std::move(spans));
}

bool Followers::may_follow(const storage::IndexEntry& entry) const {
  const std::uint64_t who = entry.user_key != 0 ? entry.user_key : entry.source_key;
  if (who == 0 || entry.host_key == 0) return false;
  const auto found = spans_.find(who);
  if (found == spans_.end()) return false;
  const auto span = std::ranges::upper_bound(found->second, entry.time, {}, &correlate::Span::from);
  return span != found->second.begin() && std::prev(span)->contains(entry.time);
}

}  // namespace sensor

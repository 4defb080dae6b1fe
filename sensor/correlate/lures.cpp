#include "sensor/correlate/lures.h"

#include <algorithm>
#include <utility>

#include "parsers/url_wrappers.h"

namespace correlate {

using parsers::UrlMatch;

std::vector<Lure> lures_of(const parsers::Alert& alert) {
  std::vector<Lure> lures;
  lures.reserve(alert.urls.size());
  for (const std::string& sent : alert.urls) {
    parsers::Url url;
    if (parsers::parse_url_unwrapped(sent, "https", url).has_value()) lures.push_back({std::move(url), sent});
  }
  return lures;
}

std::vector<std::uint64_t> host_keys_of(const parsers::Alert& alert) {
  std::vector<std::uint64_t> keys;
  for (const Lure& lure : lures_of(alert)) {
    const std::uint64_t key = parsers::host_key(lure.url.host);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

Bait::Bait(const parsers::Alert& alert, std::string_view host, const Windows& windows)
    : spans_(click_spans(alert, windows)) {
  for (Lure& lure : lures_of(alert))
    if (lure.url.host == host) lures_.push_back(std::move(lure.url));
}

Bait::Match Bait::match(const Click& click) const {
  Match best;
  const auto reaches = [&](const Span& span) { return span.contains(click.event.time); };
  if (std::ranges::none_of(spans_, reaches)) return best;
  for (const parsers::Url& lure : lures_) {
    UrlMatch tier = parsers::match_urls(lure, click.event.url);
    if (click.event.flags.has(parsers::Flag::url_host_only)) tier = std::max(tier, UrlMatch::host);
    if (tier <= UrlMatch::host && tier < best.tier) best = {tier, &lure};
  }
  return best;
}

}  // namespace correlate

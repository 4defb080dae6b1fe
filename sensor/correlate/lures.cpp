#include "sensor/correlate/lures.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <utility>

#include "parsers/url_wrappers.h"
#include "sensor/correlate/shared_hosts.h"

namespace correlate {

using parsers::Url;
using parsers::UrlMatch;

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> kDismissals = {"falsePositive", "informationalExpectedActivity"};

constexpr std::ptrdiff_t kOwnPath = 2;   // segments after which a path on a shared host is somebody's own
constexpr std::ptrdiff_t kDeepPath = 3;  // after which it names a page, whatever the query says

std::ptrdiff_t segments(std::string_view path) { return std::ranges::count(path, '/') - (path.ends_with('/') ? 1 : 0); }

// On a host of everybody's pages: the page itself, or what lies below it.
bool is_the_page(const Url& lure, const Url& reached, UrlMatch tier) {
  switch (tier) {
    case UrlMatch::exact:
      return lure.path != "/" || !lure.query.empty();
    case UrlMatch::no_query:
      return segments(lure.path) >= (lure.query.empty() ? kOwnPath : kDeepPath);
    case UrlMatch::path_prefix:
      return reached.path.size() > lure.path.size() && segments(lure.path) >= kOwnPath;
    default:
      return false;
  }
}

void add_key(std::vector<std::uint64_t>& keys, std::uint64_t key) {
  if (key != 0 && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
}

}  // namespace

std::vector<Lure> lures_of(const parsers::Alert& alert) {
  std::vector<Lure> lures;
  lures.reserve(alert.urls.size());
  for (const std::string& sent : alert.urls) {
    Url url;
    if (parsers::parse_url_unwrapped(sent, "https", url).has_value()) lures.push_back({std::move(url), sent});
  }
  return lures;
}

std::string dismissal_of(const parsers::Alert& alert) {
  // Few alerts are: the record is read only where the words stand in it, which a sender may have put there.
  const auto mentions = [&](std::string_view word) { return alert.raw.find(word) != std::string::npos; };
  if (std::ranges::none_of(kDismissals, mentions)) return {};
  boost::system::error_code failed;
  const json::value record = json::parse(alert.raw, failed);
  if (failed || !record.is_object()) return {};
  const auto text_at = [&](std::string_view key) {
    const json::value* value = record.get_object().if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  const std::string classification = text_at("classification"), determination = text_at("determination");
  if (std::ranges::find(kDismissals, classification) == kDismissals.end()) return {};
  return determination.empty() ? classification : classification + ", " + determination;
}

std::uint64_t domain_key(std::string_view host) {
  const std::string domain = parsers::registrable_domain(host);
  return domain.empty() || is_listed_as_shared(host) ? 0 : parsers::host_key('.' + domain);
}

std::vector<std::uint64_t> host_keys_of(const parsers::Alert& alert) {
  std::vector<std::uint64_t> keys;
  for (const Lure& lure : lures_of(alert)) {
    const parsers::UrlKeys url = parsers::url_keys(lure.url);
    add_key(keys, url.host);
    if (!is_shared_host(lure.url.host)) {
      add_key(keys, domain_key(lure.url.host));
      continue;
    }
    add_key(keys, url.host ^ kSharedMark);
    add_key(keys, url.exact);
    add_key(keys, url.no_query);
  }
  return keys;
}

Bait::Bait(const parsers::Alert& alert, std::string_view host, const Windows& windows)
    : is_shared_(is_shared_host(host)), spans_(click_spans(alert, windows)) {
  const std::uint64_t domain = domain_key(host);
  for (Lure& lure : lures_of(alert))
    if (lure.url.host == host || (domain != 0 && domain_key(lure.url.host) == domain))
      lures_.push_back(std::move(lure.url));
}

Bait::Match Bait::match(const Click& click) const {
  Match best;
  const auto reaches = [&](const Span& span) { return span.contains(click.event.time); };
  if (std::ranges::none_of(spans_, reaches)) return best;
  const Url& reached = click.event.url;
  for (const Url& lure : lures_) {
    UrlMatch tier = parsers::match_urls(lure, reached);
    if (tier < UrlMatch::host && click.event.flags.has(parsers::Flag::url_host_only)) tier = UrlMatch::host;
    if (is_shared_ && !is_the_page(lure, reached, tier)) continue;
    if (tier < best.tier) best = {tier, &lure};
  }
  return best;
}

}  // namespace correlate

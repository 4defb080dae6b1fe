#include "sensor/correlate/scanners.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "parsers/url.h"
#include "sensor/correlate/lures.h"

namespace correlate {

using parsers::TimePoint;

namespace {

// A link of an alert that was opened: the host alone, or one of several pages on this host.
struct Opened {
  TimePoint time{};
  std::uint64_t link = 0;
};

std::size_t rows_near(const std::vector<ClickRef>& all, std::uint64_t host_key, TimePoint time) {
  std::set<std::pair<TimePoint, std::string>> rows;  // a row that came twice is one
  for (const ClickRef& ref : all)
    if (ref.host_key == host_key && std::chrono::abs(ref.time - time) <= kVisitTime)
      rows.emplace(ref.time, ref.destination);
  return rows.size();
}

// Each of the user's lure hosts that he opened once.
std::vector<Opened> single_hosts(const std::vector<ClickRef>& all, const Click& around) {
  std::vector<Opened> opened;
  for (const ClickRef& ref : all) {
    if (std::chrono::abs(ref.time - around.event.time) > kScanTime) continue;
    if (rows_near(all, ref.host_key, ref.time) == 1) opened.push_back({ref.time, ref.host_key});
  }
  return opened;
}

// Pages of this host that alerts name, each opened once and nothing else of the host.
std::vector<Opened> single_pages(const Strand& strand, const std::vector<Bait>& baits, const Click& around) {
  std::vector<Opened> opened;
  for (const Approach& approach : strand.clicks) {
    const Click& click = approach.click;
    if (std::chrono::abs(click.event.time - around.event.time) > kVisitTime) continue;
    const bool is_lure = std::ranges::any_of(
        baits, [&](const Bait& bait) { return bait.match(click).tier <= parsers::UrlMatch::no_query; });
    if (!is_lure) return {};
    opened.push_back({click.event.time, parsers::url_keys(click.event.url).no_query});
  }
  return opened;
}

bool is_scan(std::vector<Opened> opened, TimePoint time) {
  std::ranges::sort(opened, {}, [](const Opened& row) { return std::pair(row.time, row.link); });
  for (auto first = opened.begin(); first != opened.end(); ++first) {
    if (first->time > time) break;
    std::set<std::uint64_t> links;
    bool holds_it = false;
    for (auto row = first; row != opened.end() && row->time <= first->time + kScanTime; ++row) {
      links.insert(row->link);
      holds_it |= row->time >= time;
    }
    if (holds_it && links.size() >= kScannedLinks) return true;
  }
  return false;
}

}  // namespace

void remove_scans(Strand& strand, const std::vector<ClickRef>& all, const Windows& windows) {
  if (all.size() < kScannedLinks) return;
  std::vector<Bait> baits;
  for (const parsers::Alert& alert : strand.alerts) baits.emplace_back(alert, strand.host, windows);
  std::vector<bool> scanned;
  for (const Approach& approach : strand.clicks) {
    const Click& click = approach.click;
    scanned.push_back(is_scan(single_hosts(all, click), click.event.time) ||
                      is_scan(single_pages(strand, baits, click), click.event.time));
  }
  strand.is_scanned = !scanned.empty() && std::ranges::find(scanned, false) == scanned.end();
  if (strand.is_scanned) return;
  std::size_t at = 0;
  std::erase_if(strand.clicks, [&](const Approach&) { return scanned[at++]; });
}

std::string identity_of(const Click& click) {
  if (click.raw.empty()) return {};
  const parsers::Event& event = click.event;
  return event.url.canonical() + '\n' + event.source_address + '\n' + event.destination_address + '\n' +
         event.user_raw + '\n' + parsers::to_string(event.outcome);
}

}  // namespace correlate

#include "tests/bench/watched_urls.h"

#include <fmt/format.h>

#include <algorithm>

namespace bench {
namespace {

constexpr std::uint64_t kUrlsAnAlert = 100, kAlertsAtOnce = 500;

parsers::Alert alert_of(std::uint64_t first, std::uint64_t end, parsers::TimePoint now) {
  parsers::Alert alert;
  alert.id = fmt::format("alert-{}", first);
  alert.title = "A potentially malicious URL click was detected";
  alert.created = alert.last_update = alert.first_activity = alert.last_activity = now;
  std::string evidence;
  for (std::uint64_t number = first; number < end; ++number) {
    alert.urls.push_back(watched_url(number));
    evidence += fmt::format(R"({}{{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"{}"}})",
                            number == first ? "" : ",", alert.urls.back());
  }
  const std::string time = parsers::format_rfc3339(now);
  alert.raw = fmt::format(
      R"({{"id":"{}","title":"{}","createdDateTime":"{}","firstActivityDateTime":"{}","lastActivityDateTime":"{}",)"
      R"("evidence":[{}]}})",
      alert.id, alert.title, time, time, time, evidence);
  return alert;
}

}  // namespace

std::string watched_url(std::uint64_t number) {
  if (number % 2 == 0) return fmt::format("https://login.lure{}.example/open/{}?id={}", number, number % 7, number);
  return fmt::format("https://tenant{}.sharepoint.com/:b:/g/personal/p{}/doc{}", number % kSharedSites, number % 31,
                     number);
}

void watch_urls(sensor::Pipeline& pipeline, std::uint64_t urls, parsers::TimePoint now) {
  for (std::uint64_t made = 0; made < urls;) {
    graph::FeedBatch batch;
    for (std::uint64_t i = 0; i < kAlertsAtOnce && made < urls; ++i) {
      const std::uint64_t end = std::min(urls, made + kUrlsAnAlert);
      batch.alerts.push_back(alert_of(made, end, now));
      made = end;
    }
    pipeline.store(batch);
    pipeline.correlate(now);
  }
}

}  // namespace bench

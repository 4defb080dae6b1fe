// A sink that remembers, records to serve, and settings that make a poller quick.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "sensor/graph/poller.h"
#include "tests/support/fake_graph.h"
#include "tests/support/temporary_directory.h"

namespace graph_test {

inline parsers::TimePoint clock_now() {
  return std::chrono::floor<parsers::Duration>(std::chrono::system_clock::now());
}
inline std::string stamp(std::chrono::seconds ago) { return parsers::format_rfc3339(clock_now() - ago); }

inline std::string alert(const std::string& id, std::chrono::seconds ago) {
  return R"({"id":")" + id + R"(","title":"A potentially malicious URL click was detected","createdDateTime":")" +
         stamp(ago) + R"(","lastUpdateDateTime":")" + stamp(ago) +
         R"(","serviceSource":"microsoftSentinel","severity":"high","evidence":[]})";
}

inline std::string signin(const std::string& id, std::chrono::seconds ago, bool interactive = true) {
  return R"({"id":")" + id + R"(","createdDateTime":")" + stamp(ago) +
         R"(","userPrincipalName":"alice@contoso.com","userId":"u-1","ipAddress":"203.0.113.7","isInteractive":)" +
         (interactive ? "true" : "false") + R"(,"status":{"errorCode":0}})";
}

class RememberingSink final : public graph::FeedSink {
 public:
  bool deliver(graph::FeedBatch batch) override {
    const std::lock_guard lock(mutex_);
    batches_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }

  // False when `wanted`, asked with the batches so far, did not come true in time.
  template <class Wanted>
  bool wait_for(Wanted wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return wanted(batches_); });
  }

  std::vector<graph::FeedBatch> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<graph::FeedBatch> batches_;
};

inline bool has_cursor(const std::vector<graph::FeedBatch>& batches) {
  return !batches.empty() && !batches.back().cursor.empty();
}

inline std::vector<std::string> alert_ids(const std::vector<graph::FeedBatch>& batches) {
  std::vector<std::string> out;
  for (const auto& batch : batches) {
    for (const auto& record : batch.alerts) out.push_back(record.id);
  }
  return out;
}

inline std::vector<std::string> signin_ids(const std::vector<graph::FeedBatch>& batches) {
  std::vector<std::string> out;
  for (const auto& batch : batches) {
    for (const auto& record : batch.signins) out.push_back(record.id);
  }
  return out;
}

// Alerts alone; a test that wants sign-ins enables them.
inline graph::Settings quick_settings(const std::string& url, const support::TemporaryDirectory& directory,
                                      const std::string& secret = test_support::kFakeSecret) {
  using namespace std::chrono_literals;
  graph::Settings settings;
  settings.authority = settings.endpoint = url;
  settings.tenant_id = "contoso.com";
  settings.client_id = test_support::kFakeClientId;
  settings.client_secret_file = directory.write("secret", secret + "\n");
  settings.alerts = {true, 1h, 30min, 24h, false, 100'000};
  settings.signins = {false, 1h, 2h, 30min, false, 100'000};
  settings.users = {false, 1h, 0h, 0h, false, 100'000};
  settings.limits.retry_base = 10ms;
  settings.limits.retry_cap = 50ms;
  return settings;
}

// Waits for what shows in a status alone.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    never.wait_for(lock, std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace graph_test

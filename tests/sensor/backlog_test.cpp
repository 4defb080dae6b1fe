// An alert reaches back to what is stored of its host, in pieces that leave the writer free in between.
#include "sensor/backlog.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>

#include "sensor/ingest/intake.h"
#include "sensor/pipeline.h"
#include "tests/support/temporary_directory.h"

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T09:00:00Z");
constexpr int kRows = 3 * static_cast<int>(sensor::Backlog::kPiece);
constexpr int kMaxTurns = 1000;

std::string row(const std::string& url, const std::string& user) {
  return fmt::format(
      "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst=203.0.113.9 request={} suser={} "
      "rt=Nov 24 2026 08:00:00",
      url, user);
}

class Sensor {
 public:
  Sensor() {
    config_.storage.directory = directory_.path();
    start();
  }
  void start() {  // also as after SIGKILL: only what was committed is there
    pipeline_.reset();
    pipeline_ = std::make_unique<sensor::Pipeline>(config_, identity_);
  }

  // `count` rows of pages of forms.office.com that no alert names, and one that leads to `url`.
  void store_rows(int count, const std::string& url, const std::string& user) {
    ingest::Input input{config::Listen{}};
    ingest::Intake intake(identity_, [&](storage::Batch& batch) {
      pipeline_->store(batch, kNow);
      batch.clear();
      return true;
    });
    const auto take = [&](const std::string& text) {
      if (!intake.has_room()) REQUIRE(intake.flush());
      intake.take(input, "192.0.2.1", text, kNow);
    };
    for (int i = 0; i < count; ++i)
      take(row(fmt::format("forms.office.com/pages/other/{}", i), fmt::format("user{}@contoso.com", i % 100)));
    take(row(url, user));
    REQUIRE(intake.flush());
  }
  void sign_in(const std::string& user) {
    graph::FeedBatch batch;
    batch.feed = graph::FeedName::signins;
    batch.signins = parsers::parse_sign_in_page(
                        fmt::format(R"({{"id":"s-{0}","createdDateTime":"2026-11-24T08:05:00Z","userPrincipalName":)"
                                    R"("{0}","ipAddress":"203.0.113.9","status":{{"errorCode":0}}}})",
                                    user))
                        ->records;
    REQUIRE(batch.signins.size() == 1);
    pipeline_->store(batch);
  }
  void alert(const std::string& url) {
    graph::FeedBatch batch;
    batch.alerts =
        parsers::parse_alert_page(
            fmt::format(R"({{"id":"a-{0}","title":"A potentially malicious URL click was detected","createdDateTime":)"
                        R"("2026-11-24T08:10:00Z","evidence":[{{"@odata.type":"#microsoft.graph.security.urlEvidence",)"
                        R"("url":"https://{0}"}}]}})",
                        url))
            ->records;
    REQUIRE(batch.alerts.size() == 1);
    pipeline_->store(batch);
  }

  bool turn() { return pipeline_->correlate_some(kNow); }
  // How many turns were needed; fails when there is no end.
  int turns(bool with_restarts = false) {
    int count = 1;
    for (; turn(); ++count) {
      REQUIRE(count < kMaxTurns);
      if (with_restarts) start();
    }
    return count;
  }
  std::size_t findings() { return pipeline_->state().latest_findings(100).size(); }
  std::uint64_t clicks() { return pipeline_->state().counts().clicks; }

 private:
  support::TemporaryDirectory directory_;
  config::Config config_;
  parsers::IdentityMap identity_;
  std::unique_ptr<sensor::Pipeline> pipeline_;
};

constexpr const char* kPage = "forms.office.com/pages/lure/response";

}  // namespace

TEST_CASE("a page on a busy host is looked for in pieces, and what comes meanwhile is found in between") {
  Sensor sensor;
  sensor.store_rows(kRows, kPage, "late@contoso.com");
  sensor.sign_in("late@contoso.com");
  sensor.alert(kPage);
  CHECK(sensor.turn());
  CHECK(sensor.findings() == 0);
  sensor.store_rows(0, "lure.example.net/a", "a@contoso.com");
  sensor.sign_in("a@contoso.com");
  sensor.alert("lure.example.net/a");
  CHECK(sensor.turn());
  CHECK(sensor.findings() == 1);
  CHECK(sensor.turns() > 1);
  CHECK(sensor.findings() == 2);
  CHECK_FALSE(sensor.turn());
}

TEST_CASE("the search for a page goes on after a restart where it was") {
  Sensor sensor, undisturbed;
  for (Sensor* one : {&sensor, &undisturbed}) {
    one->store_rows(kRows, kPage, "late@contoso.com");
    one->sign_in("late@contoso.com");
    one->alert(kPage);
  }
  CHECK(sensor.turns(true) == undisturbed.turns());
  CHECK(sensor.findings() == 1);
}

TEST_CASE("an alert that names another page of a host under search finds what was passed already, and what comes") {
  Sensor sensor;
  sensor.store_rows(0, "forms.office.com/pages/second/response", "early@contoso.com");
  sensor.store_rows(kRows, kPage, "late@contoso.com");
  sensor.sign_in("early@contoso.com");
  sensor.sign_in("late@contoso.com");
  sensor.alert(kPage);
  CHECK(sensor.turn());
  sensor.alert("forms.office.com/pages/second/response");
  CHECK(sensor.turn());
  sensor.store_rows(0, "forms.office.com/pages/second/response", "latest@contoso.com");
  sensor.sign_in("latest@contoso.com");
  sensor.turns(true);
  CHECK(sensor.findings() == 3);
}

TEST_CASE("alerts that name a host again and again do not keep its search from its end") {
  Sensor sensor;
  sensor.store_rows(kRows, kPage, "late@contoso.com");
  sensor.sign_in("late@contoso.com");
  sensor.alert(kPage);
  int turns = 0;
  for (; turns < kMaxTurns && sensor.findings() == 0; ++turns) {
    sensor.alert(fmt::format("forms.office.com/pages/campaign/{}", turns));
    sensor.turn();
  }
  CHECK(sensor.findings() == 1);
}

TEST_CASE("many clicks that alerts reach back to are noted over several turns") {
  Sensor sensor;
  for (int i = 0; i < 300; ++i) sensor.store_rows(0, "lure.example.net/a", fmt::format("u{}@contoso.com", i));
  sensor.alert("lure.example.net/a");
  CHECK(sensor.turn());
  CHECK(sensor.clicks() < 300);
  sensor.turns();
  CHECK(sensor.clicks() == 300);
}

TEST_CASE("sign-ins in great number are judged over several turns") {
  Sensor sensor;
  sensor.store_rows(0, "lure.example.net/a", "u1200@contoso.com");
  sensor.alert("lure.example.net/a");
  for (int i = 0; i <= 1200; ++i) sensor.sign_in(fmt::format("u{}@contoso.com", i));
  CHECK(sensor.turn());
  sensor.turns();
  CHECK(sensor.findings() == 1);
}

#include "sensor/pipeline.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "sensor/exclusions/load.h"
#include "sensor/ingest/intake.h"
#include "storage/sqlite.h"
#include "tests/support/temporary_directory.h"

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T09:00:00Z");

struct Bench {
  Bench() { config.storage.directory = directory.path(); }
  support::TemporaryDirectory directory;
  config::Config config;
  parsers::IdentityMap identity;
};

constexpr const char* kClick =
    "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst=203.0.113.9 request=lure.example.net/a "
    "suser=a@contoso.com rt=Nov 24 2026 08:00:00";

void store_click(sensor::Pipeline& pipeline, const parsers::IdentityMap& identity) {
  ingest::Input input{config::Listen{}};
  ingest::Intake intake(identity, [&](storage::Batch& batch) {
    pipeline.store(batch, kNow);
    batch.clear();
    return true;
  });
  intake.take(input, "192.0.2.1", kClick, kNow);
  REQUIRE(intake.flush());
}

graph::FeedBatch alert(const std::string& title = "A potentially malicious URL click was detected") {
  graph::FeedBatch batch;
  batch.alerts =
      parsers::parse_alert_page(R"({"id":"a1","title":")" + title +
                                R"(","createdDateTime":"2026-11-24T08:10:00Z","evidence":[{"@odata.type":)"
                                R"("#microsoft.graph.security.urlEvidence","url":"https://lure.example.net/a"}]})")
          ->records;
  REQUIRE(batch.alerts.size() == 1);
  return batch;
}

graph::FeedBatch sign_in() {
  graph::FeedBatch batch;
  batch.feed = graph::FeedName::signins;
  batch.signins =
      parsers::parse_sign_in_page(R"({"id":"s1","createdDateTime":"2026-11-24T08:05:00Z","userPrincipalName":)"
                                  R"("a@contoso.com","ipAddress":"203.0.113.9","status":{"errorCode":0}})")
          ->records;
  REQUIRE(batch.signins.size() == 1);
  return batch;
}

std::size_t lines_of(const std::string& path) {
  std::ifstream file(path);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  return count;
}

}  // namespace

TEST_CASE("the three facts make one finding in whatever order they are stored") {
  using Step = void (*)(sensor::Pipeline&, const parsers::IdentityMap&);
  const Step kSteps[] = {store_click, [](sensor::Pipeline& p, const parsers::IdentityMap&) { p.store(alert()); },
                         [](sensor::Pipeline& p, const parsers::IdentityMap&) { p.store(sign_in()); }};
  int order[] = {0, 1, 2};
  do {
    Bench bench;
    sensor::Pipeline pipeline(bench.config, bench.identity);
    for (const int step : order) {
      kSteps[step](pipeline, bench.identity);
      pipeline.correlate(kNow);
    }
    CAPTURE(order[0]);
    CAPTURE(order[1]);
    CHECK(pipeline.state().latest_findings(10).size() == 1);
  } while (std::next_permutation(std::begin(order), std::end(order)));
}

TEST_CASE("who is at a client is known from rows that came behind any number of others before they were correlated") {
  Bench bench;
  sensor::Pipeline pipeline(bench.config, bench.identity);
  ingest::Input input{config::Listen{}};
  ingest::Intake intake(bench.identity, [&](storage::Batch& batch) {
    decltype(batch.sightings) others;
    for (int i = 0; i < 30'000; ++i) others.push_back({"10.9.8.7", "user" + std::to_string(i) + "@contoso.com", kNow});
    batch.sightings.insert(batch.sightings.begin(), others.begin(), others.end());
    pipeline.store(batch, kNow);
    batch.clear();
    return true;
  });
  const std::string begin =
      "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst=203.0.113.9 src=10.1.2.3 "
      "rt=Nov 24 2026 08:00:00 request=";
  intake.take(input, "192.0.2.1", begin + "lure.example.net/a", kNow);
  REQUIRE(intake.flush());
  intake.take(input, "192.0.2.1", begin + "www.example.org/ suser=a@contoso.com", kNow);
  REQUIRE(intake.flush());
  pipeline.store(alert());
  pipeline.store(sign_in());
  pipeline.correlate(kNow);
  REQUIRE(pipeline.state().latest_findings(10).size() == 1);
}

TEST_CASE("nobody is judged before the first round of sign-ins is whole: its later pages tell what is usual") {
  using Round = graph::FeedBatch::Round;
  Bench bench;
  {
    sensor::Pipeline pipeline(bench.config, bench.identity);
    store_click(pipeline, bench.identity);
    pipeline.store(alert());
    graph::FeedBatch page = sign_in();
    page.round = Round::goes_on;
    page.cursor = "2026-11-24T08:30:00Z";
    pipeline.store(page);
    pipeline.correlate(kNow);
    CHECK(pipeline.correlation().is_learning(kNow));
    CHECK(pipeline.state().latest_findings(10).empty());
  }
  sensor::Pipeline pipeline(bench.config, bench.identity);
  graph::FeedBatch last;
  last.feed = graph::FeedName::signins;
  pipeline.correlate(kNow);
  CHECK(pipeline.state().latest_findings(10).empty());
  SUBCASE("the end of the round ends it, for good") {
    last.round = Round::ends;
    pipeline.store(last);
    CHECK_FALSE(pipeline.correlation().is_learning(kNow));
    last.round = Round::goes_on;
    pipeline.store(last);
    pipeline.correlate(kNow);
    CHECK(pipeline.state().latest_findings(10).size() == 1);
  }
  SUBCASE("a round that comes no further is not waited for") {
    last.round = Round::goes_on;  // the same half a page, again and again
    pipeline.store(last);
    pipeline.correlate(kNow + sensor::Learning::kPatience);
    CHECK(pipeline.state().latest_findings(10).empty());
    pipeline.store(last);
    pipeline.correlate(kNow + sensor::Learning::kPatience + std::chrono::seconds(1));
    CHECK(pipeline.state().latest_findings(10).size() == 1);
  }
}

TEST_CASE("what was stored before a stop is correlated after the start") {
  Bench bench;
  {
    sensor::Pipeline pipeline(bench.config, bench.identity);
    pipeline.store(sign_in());
    pipeline.store(alert());
    pipeline.correlate(kNow);
    store_click(pipeline, bench.identity);
  }
  sensor::Pipeline pipeline(bench.config, bench.identity);
  pipeline.correlate(kNow);
  CHECK(pipeline.state().latest_findings(10).size() == 1);
}

TEST_CASE("an alert of another title watches nothing") {
  Bench bench;
  sensor::Pipeline pipeline(bench.config, bench.identity);
  store_click(pipeline, bench.identity);
  pipeline.store(sign_in());
  pipeline.store(alert("Suspicious inbox manipulation rule"));
  pipeline.correlate(kNow);
  CHECK(pipeline.state().latest_findings(10).empty());
  CHECK(pipeline.state().counts().clicks == 0);
}

TEST_CASE("a finding written but not marked so is not written again") {
  Bench bench;
  sensor::Pipeline pipeline(bench.config, bench.identity);
  store_click(pipeline, bench.identity);
  pipeline.store(sign_in());
  pipeline.store(alert());
  pipeline.correlate(kNow);
  const std::string path = bench.directory / "alerts.jsonl";
  findings::AlertFiles files(bench.directory.path(), bench.config.alerts.formats, 1u << 20);
  std::string error;
  {
    storage::Connection other(bench.directory / "state.db", storage::Connection::Mode::read_write);
    other.execute("BEGIN IMMEDIATE");
    CHECK_THROWS_AS(pipeline.write(files, false, error), storage::SqliteError);
    CHECK(lines_of(path) == 1);
    other.execute("ROLLBACK");
  }
  CHECK(pipeline.write(files, true, error));
  CHECK(lines_of(path) == 1);
  CHECK(pipeline.state().outbox("json", 9).empty());
}

TEST_CASE("each format's file has a line once, whenever the state database refuses to note it") {
  Bench bench;
  bench.config.alerts.formats = {findings::Format::json, findings::Format::ocsf, findings::Format::cef};
  sensor::Pipeline pipeline(bench.config, bench.identity);
  store_click(pipeline, bench.identity);
  pipeline.store(sign_in());
  pipeline.store(alert());
  pipeline.correlate(kNow);
  const auto files = [&] {
    return findings::AlertFiles(bench.directory.path(), bench.config.alerts.formats, 1u << 20);
  };
  std::string error;
  {
    storage::Connection other(bench.directory / "state.db", storage::Connection::Mode::read_write);
    other.execute("BEGIN IMMEDIATE");
    auto all = files();
    CHECK_THROWS_AS(pipeline.write(all, false, error), storage::SqliteError);
    other.execute("ROLLBACK");
  }
  auto all = files();
  CHECK(pipeline.write(all, true, error));
  CHECK(pipeline.write(all, true, error));
  for (const findings::Format format : bench.config.alerts.formats) {
    CAPTURE(findings::to_string(format));
    CHECK(lines_of(bench.directory / findings::file_name(format)) == 1);
    CHECK(pipeline.state().outbox(findings::to_string(format), 9).empty());
  }
}

TEST_CASE("a finding that an exclusion covers waits beside the findings, and is weighed again when the rule ends") {
  Bench bench;
  sensor::Pipeline pipeline(bench.config, bench.identity);
  const auto rules = exclusions::load_text(
      "[[exclusion]]\nname = \"r\"\nowner = \"o\"\nreason = \"because\"\nexpires = 2026-11-30\n[exclusion.event]\n"
      "host = \"lure.example.net\"\n",
      "t.toml");
  REQUIRE(rules.mistakes.empty());
  pipeline.correlation().set_exclusions(rules.set, kNow);
  store_click(pipeline, bench.identity);
  pipeline.store(sign_in());
  pipeline.store(alert());
  pipeline.correlate(kNow);
  CHECK(pipeline.state().latest_findings(10).empty());
  CHECK(pipeline.state().outbox("json", 10).empty());
  REQUIRE(pipeline.state().suppressed(10).size() == 1);
  pipeline.enforce_limits(kNow + std::chrono::hours(1));
  CHECK(pipeline.state().suppressed(10).size() == 1);
  pipeline.enforce_limits(kNow + std::chrono::days(8));
  CHECK(pipeline.state().suppressed(10).empty());
  CHECK(pipeline.state().latest_findings(10).size() == 1);
  CHECK(pipeline.state().outbox("json", 10).size() == 1);
}

TEST_CASE("what refutes a finding that an exclusion covers ends it there, and the rule's end brings nothing back") {
  Bench bench;
  sensor::Pipeline pipeline(bench.config, bench.identity);
  const auto rules = exclusions::load_text(
      "[[exclusion]]\nname = \"r\"\nowner = \"o\"\nreason = \"because\"\nexpires = 2026-11-30\n[exclusion.event]\n"
      "user = \"a@contoso.com\"\n",
      "r.toml");
  pipeline.correlation().set_exclusions(rules.set, kNow);
  store_click(pipeline, bench.identity);
  pipeline.store(sign_in());
  pipeline.store(alert());
  pipeline.correlate(kNow);
  REQUIRE(pipeline.state().suppressed(10).size() == 1);
  graph::FeedBatch usual = sign_in();
  for (const char* day : {"2026-11-10", "2026-11-11", "2026-11-12"}) {
    usual.signins[0].id = day;
    usual.signins[0].created = *parsers::parse_rfc3339(std::string(day) + "T08:00:00Z");
    pipeline.store(usual);
  }
  pipeline.correlate(kNow);
  CHECK(pipeline.state().suppressed(10).empty());
  pipeline.enforce_limits(kNow + std::chrono::days(8));
  CHECK(pipeline.state().latest_findings(10).empty());
}

namespace {

// Two messages as an older version kept them: one that this parser reads, one that none does.
void store_old_quarantine(sensor::Pipeline& pipeline) {
  storage::Batch batch;
  batch.sources.push_back({"firewalls", "192.0.2.7"});
  batch.reasons = {"native_paloalto", "not_cef", "message_too_long"};
  const std::pair<std::string, std::uint16_t> kRows[] = {
      {"1,2026/11/24 08:00:00,012801096514,THREAT,url,2049,2026/11/24 08:00:00,192.0.2.1,203.0.113.9,,,out,"
       "a@contoso.com,,ssl,vsys1,a,b,c,d,e,2026/11/24 08:00:00,1,1,2,443,0,0,0x0,tcp,alert,\"lure.example.net/a\"",
       1},
      {"hello", 2},
      {kClick, 3}};
  for (const auto& [raw, reason] : kRows) {
    storage::IndexEntry entry;
    entry.time = entry.received = kNow - std::chrono::hours(1);
    entry.reason = reason;
    entry.offset = static_cast<std::uint32_t>(batch.bytes.size());
    entry.length = static_cast<std::uint32_t>(raw.size());
    batch.bytes += raw;
    batch.entries.push_back(entry);
  }
  pipeline.store(batch, kNow);
}

}  // namespace

TEST_CASE("quarantine of an older parser is read again once, with the time and the peer of then") {
  Bench bench;
  {
    sensor::Pipeline pipeline(bench.config, bench.identity);
    while (pipeline.read_quarantine_again(kNow)) continue;
    store_old_quarantine(pipeline);
    pipeline.state().set_cursor("quarantine.read_again", "1 0 0");
  }
  for (int start = 0; start < 2; ++start) {
    sensor::Pipeline pipeline(bench.config, bench.identity);
    while (pipeline.read_quarantine_again(kNow)) continue;
    CHECK(pipeline.events().stats().events == 4);
    const auto stored = pipeline.events().read(pipeline.events().last_id());
    REQUIRE(stored.has_value());
    CHECK(stored->reason.empty());
    CHECK(stored->source == storage::Source{"firewalls", "192.0.2.7"});
    CHECK(stored->entry.received == kNow - std::chrono::hours(1));
    CHECK(stored->entry.vendor == parsers::Vendor::paloalto);
  }
}

TEST_CASE("an event that was found in quarantine takes part in correlation") {
  Bench bench;
  {
    sensor::Pipeline pipeline(bench.config, bench.identity);
    store_old_quarantine(pipeline);
    pipeline.store(sign_in());
    pipeline.store(alert());
    pipeline.correlate(kNow);
    REQUIRE(pipeline.state().latest_findings(10).empty());
    pipeline.state().set_cursor("quarantine.read_again", "1 0 0");
  }
  sensor::Pipeline pipeline(bench.config, bench.identity);
  while (pipeline.read_quarantine_again(kNow)) continue;
  pipeline.correlate(kNow);
  CHECK(pipeline.state().latest_findings(10).size() == 1);
}

TEST_CASE("what this version put into quarantine is not read again") {
  Bench bench;
  {
    sensor::Pipeline pipeline(bench.config, bench.identity);
    while (pipeline.read_quarantine_again(kNow)) continue;
    store_old_quarantine(pipeline);
  }
  sensor::Pipeline pipeline(bench.config, bench.identity);
  CHECK_FALSE(pipeline.read_quarantine_again(kNow));
  CHECK(pipeline.events().stats().events == 3);
}

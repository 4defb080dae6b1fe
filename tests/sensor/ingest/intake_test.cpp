#include "sensor/ingest/intake.h"

#include <doctest/doctest.h>

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T09:00:00Z");

}  // namespace

TEST_CASE("each message keeps the input and peer it came from, whatever the mixture") {
  config::Listen a, b;
  a.name = "a";
  b.name = "b";
  ingest::Input first(a), second(b);
  parsers::IdentityMap identity;
  std::vector<storage::Batch> batches;
  ingest::Intake intake(identity, [&](storage::Batch& batch) { return batches.push_back(batch), true; });
  for (int round = 0; round < 2; ++round) {
    for (int peer = 0; peer < 300; ++peer) {
      for (ingest::Input* input : {&first, &second})
        intake.take(*input, "192.0.2." + std::to_string(peer), "hello", kNow);
    }
  }
  REQUIRE(intake.flush());
  intake.take(second, "192.0.2.299", "hello", kNow);
  REQUIRE(intake.flush());
  REQUIRE(batches.size() == 2);
  CHECK(batches[0].sources.size() == 600);
  for (std::size_t i = 0; i < batches[0].entries.size(); ++i) {
    const storage::Source& source = batches[0].sources[batches[0].entries[i].source];
    CHECK(source.input == (i % 2 ? "b" : "a"));
    CHECK(source.peer == "192.0.2." + std::to_string(i / 2 % 300));
  }
  CHECK(batches[1].sources == std::vector<storage::Source>{{"b", "192.0.2.299"}});
}

TEST_CASE("a batch that found no room keeps its number and its messages") {
  config::Listen listen;
  listen.name = "a";
  ingest::Input input(listen);
  parsers::IdentityMap identity;
  bool has_room = false;
  std::size_t pushed = 0;
  const auto push = [&](storage::Batch& batch) { return pushed += has_room ? batch.entries.size() : 0, has_room; };
  ingest::Intake intake(identity, push);
  intake.take(input, "192.0.2.1", "hello", kNow);
  intake.hurry();
  CHECK(intake.batch_number() == 1);
  CHECK(intake.pending() == 1);
  has_room = true;
  CHECK(intake.flush());
  CHECK(pushed == 1);
  CHECK(intake.batch_number() == 2);
}

TEST_CASE(
    "a message that waits for the disk for longer than the commit interval leaves the intake behind until it is "
    "settled") {
  using namespace std::chrono_literals;
  config::Listen listen;
  listen.name = "a";
  ingest::Input input(listen);
  parsers::IdentityMap identity;
  ingest::Intake intake(identity, [](storage::Batch&) { return true; });
  intake.set_commit_interval(250ms);
  intake.take(input, "192.0.2.1", "hello", kNow);
  intake.take(input, "192.0.2.1", "hello", kNow + 200ms);
  REQUIRE(intake.flush());
  intake.take(input, "192.0.2.1", "hello", kNow + 210ms);
  REQUIRE(intake.flush());
  CHECK_FALSE(intake.is_behind(kNow + 250ms));
  CHECK(intake.is_behind(kNow + 251ms));
  intake.settle(1, ingest::CommitObserver::Fate::committed);
  CHECK_FALSE(intake.is_behind(kNow + 400ms));
  CHECK(intake.is_behind(kNow + 461ms));
  intake.settle(2, ingest::CommitObserver::Fate::lost);
  CHECK_FALSE(intake.is_behind(kNow + 24h));
}

TEST_CASE("streams wait while so many batches are on their way that more would only lie in memory") {
  config::Listen listen;
  listen.name = "a";
  ingest::Input input(listen);
  parsers::IdentityMap identity;
  ingest::Intake intake(identity, [](storage::Batch&) { return true; });
  for (std::size_t i = 0; i < ingest::Intake::kMostAhead; ++i) {
    CHECK_FALSE(intake.is_behind(kNow));
    intake.take(input, "192.0.2.1", "hello", kNow);
    REQUIRE(intake.flush());
  }
  CHECK(intake.is_behind(kNow));
  CHECK(intake.has_room());
  intake.settle(1, ingest::CommitObserver::Fate::committed);
  CHECK_FALSE(intake.is_behind(kNow));
}

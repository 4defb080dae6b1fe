#include "sensor/ingest/notices.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "parsers/url.h"

using ingest::Notices;
using ingest::Told;

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T09:00:00Z");

parsers::Event click(const std::string& user, const std::string& host) {
  parsers::Event event;
  event.time = kNow;
  event.user = user;
  event.source_address = "192.0.2.1";
  event.url.host = host;
  return event;
}

}  // namespace

TEST_CASE("notices: a key is new once, and hosts of a day's number stay known whatever their order") {
  Told told;
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> keys(Told::kPlaces);
  for (std::uint64_t& key : keys) key = random();
  for (const std::uint64_t key : keys) REQUIRE_FALSE(told.put(key));
  std::size_t again = 0;
  for (int round = 0; round < 10; ++round) {
    std::shuffle(keys.begin(), keys.end(), random);
    for (const std::uint64_t key : keys) again += told.put(key) ? 0 : 1;
  }
  CHECK(again < keys.size() / 10);
}

TEST_CASE("notices: of more keys than there is room for the latest of each place are known") {
  Told told;
  for (std::uint64_t key = 1; key <= Told::kKeysAPlace + 1; ++key) CHECK_FALSE(told.put(key << 33));
  for (std::uint64_t key = 2; key <= Told::kKeysAPlace + 1; ++key) CHECK(told.put(key << 33));
  CHECK_FALSE(told.put(std::uint64_t{1} << 33));
}

TEST_CASE("notices: a user's address and a host below a domain are told once, and on another day again") {
  Notices notices;
  storage::Batch batch;
  parsers::Event event = click("alice@contoso.com", "www.example.com");
  const std::uint64_t host = parsers::host_key(event.url.host);
  notices.note(event, host, batch);
  notices.note(event, host, batch);
  REQUIRE(batch.sightings.size() == 1);
  CHECK(batch.sightings[0].user == "alice@contoso.com");
  CHECK(batch.host_names.size() == 1);
  event.time += std::chrono::hours(24);
  notices.note(event, host, batch);
  CHECK(batch.sightings.size() == 2);
  CHECK(batch.host_names.size() == 2);
}

TEST_CASE("notices: a host that stands for many, or for itself alone, is below no domain") {
  Notices notices;
  storage::Batch batch;
  for (const char* host : {"docs.google.com", "203.0.113.7", "localhost", "com"})
    notices.note(click("alice@contoso.com", host), parsers::host_key(host), batch);
  CHECK(batch.host_names.empty());
}

#include "sensor/followers.h"

#include <doctest/doctest.h>

#include <string>

#include "parsers/url.h"

using namespace std::chrono_literals;
using sensor::Followers;

namespace {

const parsers::TimePoint kNoon = *parsers::parse_rfc3339("2026-03-10T12:00:00Z");

storage::IndexEntry row(std::string_view account, std::string_view source, parsers::TimePoint time) {
  storage::IndexEntry entry;
  entry.time = time;
  entry.host_key = 1;
  entry.user_key = account.empty() ? 0 : parsers::host_key(account);
  entry.source_key = parsers::host_key(source);
  return entry;
}

}  // namespace

TEST_CASE("followers: rows of the user within a minute after a click may tell where the lure led") {
  Followers followers;
  followers.add(7, "bob", "10.0.0.1", kNoon);
  followers.add(7, "bob", "10.0.0.1", kNoon + 1h);
  CHECK(followers.may_follow(row("bob", "10.0.0.1", kNoon)));
  CHECK(followers.may_follow(row("bob", "10.0.0.9", kNoon + 1min)));
  CHECK(followers.may_follow(row("bob", "10.0.0.1", kNoon + 1h + 5s)));
  CHECK_FALSE(followers.may_follow(row("bob", "10.0.0.1", kNoon - 1s)));
  CHECK_FALSE(followers.may_follow(row("bob", "10.0.0.1", kNoon + 61s)));
  CHECK_FALSE(followers.may_follow(row("eve", "10.0.0.1", kNoon)));
}

TEST_CASE("followers: a click without a name is followed by its client's address") {
  Followers followers;
  followers.add(7, "", "10.0.0.1", kNoon);
  CHECK(followers.may_follow(row("", "10.0.0.1", kNoon + 2s)));
  CHECK_FALSE(followers.may_follow(row("", "10.0.0.2", kNoon + 2s)));
}

TEST_CASE("followers: of a host that a crowd visits the first are followed") {
  Followers followers;
  for (std::size_t number = 0; number <= Followers::kCrowd; ++number)
    followers.add(7, "user" + std::to_string(number), "", kNoon);
  followers.add(7, "user1", "", kNoon + 1h);
  CHECK(followers.may_follow(row("user1", "10.0.0.1", kNoon + 1h)));
  CHECK_FALSE(followers.may_follow(row("user" + std::to_string(Followers::kCrowd), "10.0.0.1", kNoon)));
}

// What correlation has still to do, as the state database keeps it.
#include <doctest/doctest.h>

#include <algorithm>

#include "storage/state.h"
#include "tests/storage/batches.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using support::TemporaryDirectory;
using test::at_second;
using Mode = State::Mode;
using Users = std::vector<std::string>;

TEST_CASE("state: hosts with a backlog have their turns, and one that is put again waits behind the others") {
  TemporaryDirectory directory;
  constexpr std::uint64_t kFirst = ~std::uint64_t{0}, kSecond = 7;
  {
    State state(directory / "state.db", Mode::read_write);
    CHECK_FALSE(state.next_backlog().has_value());
    state.put_backlog({.host_key = kFirst, .reach = {at_second(1), at_second(2)}, .until = 9});
    state.put_backlog({.host_key = kSecond, .reach = {at_second(3), at_second(4)}, .until = 8});
    CHECK(state.next_backlog()->host_key == kFirst);
    CHECK(state.counts().backlog_hosts == 2);
    state.put_backlog({.host_key = kFirst, .reach = {at_second(1), at_second(2)}, .after = 5, .until = 9, .again = 3});
  }
  State state(directory / "state.db", Mode::read_write);
  CHECK(state.next_backlog()->host_key == kSecond);
  state.drop_backlog(kSecond);
  const auto row = state.next_backlog();
  REQUIRE(row.has_value());
  CHECK(row->host_key == kFirst);
  CHECK(row->reach.from == at_second(1));
  CHECK(row->reach.to == at_second(2));
  CHECK(row->after == 5);
  CHECK(row->until == 9);
  CHECK(row->again == 3);
  CHECK(state.backlog(kFirst).has_value());
  CHECK_FALSE(state.backlog(kSecond).has_value());
}

TEST_CASE("state: users are due once each, in the order they were put") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  for (const char* user : {"c", "a", "c", "b"}) state.put_due(user);
  CHECK(state.counts().users_due == 3);
  Users users = state.take_due(2);
  std::ranges::sort(users);
  CHECK(users == Users{"a", "c"});
  CHECK(state.has_due());
  CHECK(state.take_due(2) == Users{"b"});
  CHECK_FALSE(state.has_due());
}

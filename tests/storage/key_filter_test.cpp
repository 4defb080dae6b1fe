#include "storage/key_filter.h"

#include <doctest/doctest.h>

#include <random>

using namespace storage;

namespace {

std::string make_key_filter(const std::vector<std::uint64_t>& keys) {
  KeyFilterMaker maker;
  for (const std::uint64_t key : keys) maker.add(key);
  return maker.make();
}

}  // namespace

TEST_CASE("key filter: no key that was put in is denied, and of others few are not") {
  std::mt19937_64 random(3);
  for (const std::size_t count : {1, 2, 10, 1000, 5000}) {
    CAPTURE(count);
    std::vector<std::uint64_t> keys(count);
    for (std::uint64_t& key : keys) key = random() | 1;
    const std::string filter = make_key_filter(keys);
    CHECK(filter.size() <= 2 + count);
    for (const std::uint64_t key : keys) REQUIRE(may_hold(filter, key));
    int in_vain = 0;
    for (int i = 0; i < 20'000; ++i) in_vain += may_hold(filter, random());
    if (count >= 1000) CHECK(in_vain < 700);
    CHECK(in_vain < 2000);
  }
}

TEST_CASE("key filter: repeated keys take no room, and without keys nothing is held") {
  std::vector<std::uint64_t> many(1000, 77), one = {77}, none = {0, 0};
  CHECK(make_key_filter(many) == make_key_filter(one));
  const std::string empty = make_key_filter(none);
  CHECK(empty.empty());
  CHECK_FALSE(may_hold(empty, 77));
}

TEST_CASE("key filter: a maker knows nothing of the block before, however large that was") {
  KeyFilterMaker maker;
  for (std::uint64_t key = 1; key <= 5000; ++key) maker.add(key << 20);
  CHECK(maker.make().size() == 5001);
  maker.add(77);
  CHECK(maker.make() == make_key_filter({77}));
  CHECK(maker.make().empty());
}

TEST_CASE("key filter: what is unknown or damaged may hold everything") {
  for (const std::string_view filter : {kUnknownKeys, std::string_view("\x07"), std::string_view("\xff\x01\x02")}) {
    CHECK(may_hold(filter, 77));
  }
}

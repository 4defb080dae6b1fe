#include "parsers/cidr.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace parsers;

TEST_CASE("cidr: an address is in a range when its first bits are the range's") {
  struct Row {
    const char* range;
    const char* address;
    bool inside;
  };
  for (const Row& row : {
           Row{"192.0.2.0/24", "192.0.2.0", true},
           Row{"192.0.2.0/24", "192.0.2.255", true},
           Row{"192.0.2.0/24", "192.0.3.0", false},
           Row{"192.0.2.128/25", "192.0.2.127", false},
           Row{"192.0.2.128/25", "192.0.2.128", true},
           Row{"192.0.2.77/24", "192.0.2.1", true},
           Row{"192.0.2.7", "192.0.2.7", true},
           Row{"192.0.2.7", "192.0.2.6", false},
           Row{"192.0.2.7/32", "192.0.2.7", true},
           Row{"0.0.0.0/0", "203.0.113.9", true},
           Row{"0.0.0.0/0", "2001:db8::1", false},
           Row{"2001:db8::/32", "2001:db8:ffff::1", true},
           Row{"2001:db8::/32", "2001:db9::1", false},
           Row{"2001:db8::/127", "2001:db8::1", true},
           Row{"2001:db8::/127", "2001:db8::2", false},
           Row{"2001:db8::1", "2001:DB8:0::1", true},
           Row{"::/0", "2001:db8::1", true},
           Row{"::/0", "192.0.2.1", false},
           Row{"::ffff:192.0.2.0/120", "192.0.2.9", true},
           Row{"::ffff:0:0/96", "192.0.2.9", true},
           Row{"192.0.2.0/24", "::ffff:192.0.2.9", true},
           Row{"192.0.2.0/24", "", false},
           Row{"192.0.2.0/24", "192.0.2.1 ", false},
           Row{"0.0.0.0/0", "phish.example.com", false},
       }) {
    CAPTURE(row.range);
    CAPTURE(row.address);
    CHECK(AddressRanges({row.range}).contains(row.address) == row.inside);
  }
}

TEST_CASE("cidr: text that is no range is refused with where it went wrong") {
  struct Row {
    std::string text;
    std::string code;
    std::size_t offset;
  };
  for (const Row& row : {
           Row{"", "bad_address", 0},
           Row{"/24", "bad_address", 0},
           Row{"example.com/24", "bad_address", 0},
           Row{"192.0.2/24", "bad_address", 0},
           Row{"192.0.2.0/", "bad_prefix", 10},
           Row{"192.0.2.0/33", "bad_prefix", 10},
           Row{"192.0.2.0/-1", "bad_prefix", 10},
           Row{"192.0.2.0/24 ", "bad_prefix", 10},
           Row{"192.0.2.0/99999999999", "bad_prefix", 10},
           Row{"2001:db8::/129", "bad_prefix", 11},
           Row{std::string("192.0.2.0\0x", 11), "bad_address", 0},
           Row{std::string(100, '1'), "bad_address", 0},
       }) {
    CAPTURE(row.text);
    const auto result = parse_cidr(row.text);
    REQUIRE(result.has_error());
    CHECK(result.error().code == row.code);
    CHECK(result.error().offset == row.offset);
    CHECK(result.error().detail.find('"' + row.text + '"') == 0);
  }
}

TEST_CASE("cidr: a set of ranges says which of its strings is wrong") {
  CHECK_THROWS_WITH_AS(AddressRanges({"10.0.0.0/8", "10.0.0.0/64"}),
                       "\"10.0.0.0/64\" needs a prefix length from 0 to 32", std::invalid_argument);
}

TEST_CASE("cidr: a set holds what any of its ranges holds, and an empty set holds nothing") {
  const AddressRanges ranges({"10.0.0.0/8", "2001:db8::/32"});
  CHECK(ranges.contains("10.9.9.9"));
  CHECK(ranges.contains("2001:db8::9"));
  CHECK_FALSE(ranges.contains("192.0.2.1"));
  CHECK_FALSE(AddressRanges({}).contains("10.0.0.1"));
}

#include "sensor/asn_database.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_mmdb.h"

TEST_CASE("asn database: an address is found by its network, and what is not there is 0") {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "asn.mmdb";
  support::TinyMmdb database;
  database.add(0xcb007100, 24, 64500);  // 203.0.113.0/24
  database.add(0xc6336400, 25, 64501);  // 198.51.100.0/25
  database.write(file);
  const auto lookup = sensor::asn_lookup(file);
  CHECK(lookup("203.0.113.7") == 64500);
  CHECK(lookup("203.0.113.255") == 64500);
  CHECK(lookup("203.0.114.0") == 0);
  CHECK(lookup("198.51.100.127") == 64501);
  CHECK(lookup("198.51.100.128") == 0);
  CHECK(lookup("2001:db8::1") == 0);
  CHECK(lookup("no address") == 0);
  CHECK(lookup("") == 0);
}

TEST_CASE("asn database: a file that is none is an error with its name, and no path is no database") {
  const support::TemporaryDirectory directory;
  const std::string file = directory.write("asn.mmdb", "nonsense");
  CHECK_THROWS_AS(sensor::asn_lookup(file), std::runtime_error);
  CHECK_THROWS_AS(sensor::asn_lookup("/no/such/file"), std::runtime_error);
  CHECK_FALSE(sensor::asn_lookup(""));
}

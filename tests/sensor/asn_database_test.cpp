#include "sensor/asn_database.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/tiny_mmdb.h"

namespace {

struct File {
  File() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lurewatch-asn-XXXXXX").string();
    const int handle = mkstemp(pattern.data());
    REQUIRE(handle >= 0);
    close(handle);
    path = pattern;
  }
  ~File() { std::filesystem::remove(path); }
  std::string path;
};

}  // namespace

TEST_CASE("asn database: an address is found by its network, and what is not there is 0") {
  const File file;
  support::TinyMmdb database;
  database.add(0xcb007100, 24, 64500);  // 203.0.113.0/24
  database.add(0xc6336400, 25, 64501);  // 198.51.100.0/25
  database.write(file.path);
  const auto lookup = sensor::asn_lookup(file.path);
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
  const File file;
  std::ofstream(file.path) << "nonsense";
  CHECK_THROWS_AS(sensor::asn_lookup(file.path), std::runtime_error);
  CHECK_THROWS_AS(sensor::asn_lookup("/no/such/file"), std::runtime_error);
  CHECK_FALSE(sensor::asn_lookup(""));
}

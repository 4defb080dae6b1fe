#include "storage/host_index.h"

#include <doctest/doctest.h>

#include "storage/column_codec.h"
#include "storage/migrations.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using Blocks = std::vector<std::uint32_t>;

namespace {

std::optional<Blocks> find(Connection& connection, std::uint64_t key) {
  Statement statement(connection, "SELECT chunk FROM host_index WHERE first_key <= ? ORDER BY first_key DESC LIMIT 1");
  auto row = statement.use();
  if (!row.bind(static_cast<std::int64_t>(key)).row()) return Blocks{};
  return find_in_chunk(row.blob(0), key);
}

std::string hosts(const std::vector<std::uint64_t>& keys) {
  std::string blob;
  for (const std::uint64_t key : keys) put_host(blob, key);
  return blob;
}

}  // namespace

TEST_CASE("host index: every host is found in its blocks, over many chunks, and no other is") {
  support::TemporaryDirectory directory;
  Connection connection(directory / "a.db", Connection::Mode::read_write);
  migrate(connection, kSegmentSchema);
  HostIndexBuilder builder;
  const auto key_of = [](std::uint64_t i) { return (i * 0x9e3779b97f4a7c15ull) >> 16 | 1; };
  for (std::uint32_t block = 0; block < 200; ++block) {
    std::vector<std::uint64_t> keys = {0};
    for (std::uint64_t i = 0; i < 5000; ++i) {
      if (i % 50 == block % 50) keys.push_back(key_of(i));
    }
    builder.add(hosts(keys), 1 + block * 1000);
  }
  builder.write(connection);
  CHECK(connection.integer("SELECT count(*) FROM host_index") > 3);
  std::size_t wrong = 0;
  for (std::uint64_t i = 0; i < 5000; i += 7) {
    const auto first = static_cast<std::uint32_t>(1 + i % 50 * 1000);
    wrong += find(connection, key_of(i)) != Blocks{first, first + 50'000, first + 100'000, first + 150'000};
    wrong += find(connection, key_of(i) ^ 1) != Blocks{};
  }
  CHECK(wrong == 0);
  CHECK(find(connection, 0) == Blocks{});
}

TEST_CASE("host index: a chunk that is cut is told from one that lacks the host") {
  support::TemporaryDirectory directory;
  Connection connection(directory / "a.db", Connection::Mode::read_write);
  migrate(connection, kSegmentSchema);
  HostIndexBuilder builder;
  builder.add(hosts({5, 6}), 1);
  builder.add(hosts({6}), 70'000);
  builder.write(connection);
  Statement statement(connection, "SELECT chunk FROM host_index");
  auto row = statement.use();
  REQUIRE(row.row());
  const std::string_view chunk = row.blob(0);
  CHECK(find_in_chunk(chunk, 6) == Blocks{1, 70'000});
  CHECK(find_in_chunk(chunk, 7) == Blocks{});
  CHECK_FALSE(find_in_chunk(chunk.substr(0, chunk.size() - 1), 6));
  CHECK_FALSE(find_in_chunk(chunk.substr(0, 3), 5));
}

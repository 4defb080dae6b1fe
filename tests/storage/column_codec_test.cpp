#include "storage/column_codec.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "storage/block.h"
#include "tests/storage/batches.h"

using namespace storage;

namespace {

bool equal_but_offset(const IndexEntry& a, const IndexEntry& b) {
  return a.time == b.time && a.received == b.received && a.host_key == b.host_key && a.vendor == b.vendor &&
         a.outcome == b.outcome && a.flags == b.flags && a.source == b.source && a.reason == b.reason &&
         a.length == b.length;
}

// Few distinct values each, so that repeats, expected values and returns of old keys all occur.
std::vector<IndexEntry> random_entries(unsigned seed, std::size_t count) {
  std::mt19937_64 random(seed);
  constexpr std::uint64_t kKeys[] = {0, 1, 2, 3, 0x8000'0000'0000ull, ~0ull >> 16, 0xfeed, 0xbeef};
  constexpr std::int64_t kTimes[] = {0,
                                     1,
                                     -1,
                                     999,
                                     1000,
                                     -1000,
                                     1'000'000,
                                     -2'000'000,
                                     1'795'000'000'000'000,
                                     std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max()};
  const auto key = [&] { return random() % 9 == 0 ? random() >> 16 : kKeys[random() % std::size(kKeys)]; };
  const auto time = [&] { return parsers::from_micros(kTimes[random() % std::size(kTimes)]); };
  std::vector<IndexEntry> entries(count);
  for (IndexEntry& entry : entries) {
    entry.time = time();
    entry.received = time();
    entry.host_key = key();
    entry.vendor = static_cast<parsers::Vendor>(random() % 5);
    entry.outcome = static_cast<parsers::Outcome>(random() % 4);
    entry.flags = random() % 3 == 0 ? random() : 0;
    entry.source = static_cast<std::uint16_t>(random());
    entry.reason = static_cast<std::uint16_t>(random() % 4 == 0 ? random() : 0);
    entry.length = static_cast<std::uint32_t>(random() % 70'000 % (1 + random() % 70'000));
  }
  return entries;
}

}  // namespace

TEST_CASE("columns: entries of all kinds come back as they were, with their places in the bytes") {
  EntryEncoder encoder;
  Compressor compressor;
  Decompressor decompressor;
  for (unsigned seed = 0; seed < 60; ++seed) {
    const auto entries = random_entries(seed, seed == 59 ? 3000 : 1 + seed);
    encoder.encode(entries, compressor);
    std::vector<IndexEntry> decoded;
    REQUIRE(decode_entries(encoder.hosts(), encoder.entries(), entries.size(), decompressor, decoded));
    REQUIRE(decoded.size() == entries.size());
    std::uint64_t offset = 0;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      wrong += !equal_but_offset(decoded[i], entries[i]) || decoded[i].offset != offset;
      wrong += !holds_host(encoder.hosts(), entries[i].host_key) && entries[i].host_key != 0;
      offset += entries[i].length;
    }
    CHECK(wrong == 0);
    CHECK_FALSE(holds_host(encoder.hosts(), 0x1234'5678));
  }
}

TEST_CASE("columns: damaged, cut and stretched blobs are refused, and never read past their end") {
  EntryEncoder encoder;
  Compressor compressor;
  Decompressor decompressor;
  const auto entries = random_entries(5, 40);
  encoder.encode(entries, compressor);
  const std::string hosts = encoder.hosts(), good(encoder.entries());
  std::vector<IndexEntry> decoded;
  const auto decodes = [&](std::string_view of_hosts, std::string_view of_entries, std::size_t count) {
    return decode_entries(of_hosts, of_entries, count, decompressor, decoded);
  };
  REQUIRE(decodes(hosts, good, entries.size()));
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(decodes(hosts, std::string_view(good).substr(0, length), entries.size()));
  }
  for (std::size_t length = 0; length < hosts.size(); ++length) {
    CHECK_FALSE(decodes(std::string_view(hosts).substr(0, length), good, entries.size()));
  }
  CHECK_FALSE(decodes(hosts + "8 bytes.", good, entries.size()));
  CHECK_FALSE(decodes(hosts, good + "8 bytes.", entries.size()));
  for (const std::size_t count : {0, 1, 39, 41, 1 << 20, 1 << 21}) CHECK_FALSE(decodes(hosts, good, count));
}

TEST_CASE("columns: columns that a checksum can't tell from good ones are refused when they contradict themselves") {
  Compressor compressor;
  Decompressor decompressor;
  EntryEncoder encoder;
  const auto entries = random_entries(9, 12);
  encoder.encode(entries, compressor);
  const std::string hosts = encoder.hosts(), good(encoder.entries());
  std::string columns;
  REQUIRE(decompressor.decompress(good, 1 << 20, columns));
  std::vector<IndexEntry> decoded;
  int refused = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::string bad = columns;
    bad[i] = static_cast<char>(bad[i] ^ 0xff);
    const std::string again(compressor.compress(bad));
    refused += !decode_entries(hosts, again, entries.size(), decompressor, decoded);
  }
  CHECK(refused > 100);
}

TEST_CASE("blocks: a batch is cut into blocks of about the wanted size, every message in one of them") {
  const struct {
    const char* name;
    std::size_t before, messages, length;
    std::vector<std::size_t> ends;
  } kRows[] = {
      {"less than a block stays together for later", 0, 9, 84, {}},
      {"exactly a block", 0, 10, 84, {10}},
      {"one and a half is still one", 0, 14, 84, {14}},
      {"two halves", 0, 16, 84, {8, 16}},
      {"what was gathered before counts", 5, 5, 84, {5}},
      {"what was gathered before is in the first block", 5, 15, 84, {5, 15}},
      {"a message larger than a block has its own", 0, 3, 1484, {1, 2, 3}},
      {"empty messages weigh something", 0, 64, 0, {64}},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.name);
    BlockContent before;
    before.entries.resize(row.before);
    before.bytes.resize(row.before * row.length);
    Batch batch;
    for (std::size_t i = 0; i < row.messages; ++i) test::add_message(batch, std::string(row.length, 'x'), {});
    CHECK(cut_into_blocks(before, batch, 1000) == row.ends);
  }
}

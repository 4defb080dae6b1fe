#include "storage/message_codec.h"

#include <doctest/doctest.h>

#include <random>
#include <span>

#include "tests/storage/batches.h"

using namespace storage;

namespace {

std::string joined(std::span<const std::string> messages) {
  std::string bytes;
  for (const std::string& message : messages) bytes += message;
  return bytes;
}

std::vector<IndexEntry> entries_of(std::span<const std::string> messages) {
  std::vector<IndexEntry> entries(messages.size());
  std::uint32_t offset = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    entries[i].offset = offset;
    entries[i].length = static_cast<std::uint32_t>(messages[i].size());
    offset += entries[i].length;
  }
  return entries;
}

std::string packed(MessagePacker& packer, std::span<const std::string> messages) {
  packer.clear();
  for (const std::string& message : messages) packer.add(message);
  return std::string(packer.pack());
}

void check_round_trip(MessagePacker& packer, std::span<const std::string> messages) {
  const std::string bytes = joined(messages);
  std::string out;
  REQUIRE(unpack_messages(packed(packer, messages), bytes.size(), out));
  CHECK(out == bytes);
}

// Out of pieces that matter to the cutting, so that every order of them occurs.
std::vector<std::string> random_messages(unsigned seed, std::size_t count) {
  const std::string pieces[] = {"",     " ",      "=",           " src=", " dst=",   "|",      "CEF:0|a|b|",
                                " a=b", "10.0.0", "https://x/",  "==",    "\\=",     "\n",     std::string("\0", 1),
                                "\r",   " -._=",  " n\xc3\xa4=", "\xff",  "<14>Nov", "|1|rt=", std::string(100, 'v')};
  std::mt19937_64 random(seed);
  std::vector<std::string> messages(count);
  for (std::string& message : messages) {
    for (auto left = random() % 12; left > 0; --left) message += pieces[random() % std::size(pieces)];
  }
  return messages;
}

const std::vector<std::string> kMessages = {
    "<14>Nov 24 07:31:05 fw CEF:0|Vendor|Product|1.0|url|Name|1|rt=1 src=10.0.0.1 request=https://a.example/?x=1&y=2",
    "<14>Nov 24 07:31:06 fw CEF:0|Vendor|Product|1.0|url|Name|1|rt=2 src=10.0.0.2 request=https://b.example/",
    "date=2026-11-24 devname=\"fw\" msg=\"a = b\"",
    "",
    "no names at all",
    "two\nlines src=1"};

}  // namespace

TEST_CASE("messages: whatever a block holds comes back byte for byte") {
  MessagePacker packer;
  check_round_trip(packer, {});
  check_round_trip(packer, kMessages);
  for (unsigned seed = 0; seed < 300; ++seed) check_round_trip(packer, random_messages(seed, seed % 40));
}

TEST_CASE("messages: names without end cost no more than that the rest is not cut") {
  MessagePacker packer;
  std::vector<std::string> various, deep(1);
  for (std::size_t i = 0; i < 2 * MessagePacker::kMaxNodes; ++i)
    various.push_back("a b" + std::to_string(i) + "=c d=e");
  for (std::size_t i = 0; i < 2 * MessagePacker::kMaxDepth; ++i) deep[0] += "v n=";
  various.push_back("a " + std::string(2 * MessagePacker::kMaxNameBytes, 'n') + "=b");
  check_round_trip(packer, various);
  check_round_trip(packer, deep);
}

TEST_CASE("messages: fields of one name stand together, each name once") {
  MessagePacker packer;
  const std::string text = packed(packer, std::span(kMessages).first(2));
  CHECK(text.find("10.0.0.1\n10.0.0.2\n") != std::string::npos);
  CHECK(text.find(" request=") == text.rfind(" request="));
}

TEST_CASE("messages: cut, stretched and changed text is refused or makes no more than it may, and is never read past") {
  MessagePacker packer;
  const std::string bytes = joined(kMessages), good = packed(packer, kMessages);
  std::string out;
  CHECK_FALSE(unpack_messages(good, bytes.size() - 1, out));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::vector<char> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(unpack_messages({cut.data(), cut.size()}, bytes.size(), out));
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
      std::vector<char> changed(good.begin(), good.end());
      changed[at] = static_cast<char>(value);
      if (unpack_messages({changed.data(), changed.size()}, bytes.size(), out)) CHECK(out.size() <= bytes.size());
    }
  }
}

TEST_CASE("messages: blocks of before, whose messages stand one after the other, are still read") {
  const std::string bytes = joined(kMessages);
  Compressor compressor;
  Decompressor decompressor;
  MessageEncoder encoder;
  MessageDecoder decoder;
  std::string out;
  const std::string old_raw(compressor.compress(bytes)), raw(encoder.encode(bytes, entries_of(kMessages), compressor));
  REQUIRE(decoder.decode(old_raw, bytes.size(), decompressor, out));
  CHECK(out == bytes);
  REQUIRE(decoder.decode(raw, bytes.size(), decompressor, out));
  CHECK(out == bytes);
  CHECK_FALSE(decoder.decode(raw.substr(1), bytes.size() / 2, decompressor, out));
  CHECK_FALSE(decoder.decode("\x02" + raw.substr(1), bytes.size(), decompressor, out));
}

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
  REQUIRE(unpack_messages(packed(packer, messages), Values::with_references, bytes.size(), out));
  CHECK(out == bytes);
}

// Out of pieces that matter to the cutting, so that every order of them occurs.
std::vector<std::string> random_messages(unsigned seed, std::size_t count) {
  const std::string pieces[] = {"",     " ",      "=",           " src=", " dst=",   "|",      "CEF:0|a|b|",
                                " a=b", "10.0.0", "https://x/",  "==",    "\\=",     "\n",     std::string("\0", 1),
                                "\r",   " -._=",  " n\xc3\xa4=", "\xff",  "<14>Nov", "|1|rt=", std::string(100, 'v'),
                                "\x0f", "\x10",   "\x1f"};
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

TEST_CASE(
    "messages: a value that its field had a moment ago takes one byte, and one that looks like it is told apart") {
  MessagePacker packer;
  std::vector<std::string> messages;
  for (int i = 0; i < 100; ++i) {
    const std::string long_value(50, static_cast<char>('a' + i % 2));
    messages.push_back("<14>fw CEF:0|V|P|1|u|N|1|act=\x10 cs1=" + long_value + " cs2= cs3=" + std::to_string(i));
  }
  check_round_trip(packer, messages);
  CHECK(packed(packer, messages).size() < 100 * 11);
}

TEST_CASE("messages: the place of a value is what the format says") {
  MessagePacker packer;
  const std::vector<std::string> messages = {"x a=443 b=10.0.0.17", "x a=443 b=10.0.0.17"};
  const auto place = [](std::uint64_t tail) { return static_cast<char>(0x10 + ((tail * 0x9e3779b97f4a7c15u) >> 60)); };
  const std::string text = packed(packer, messages);
  CHECK(text.find(std::string("443\n") + place(0x333434)) != std::string::npos);
  CHECK(text.find(std::string("10.0.0.17\n") + place(0x37312e302e302e30)) != std::string::npos);
}

TEST_CASE("messages: blocks of segment schema 2, whose values all stand as text, are still read") {
  using namespace std::string_view_literals;
  constexpr std::string_view kOld =
      "v\004\013 CEF:0|V|P|\004|rt=\005 src=\005 "
      "act=\004\000\000\001\001\002\002\003\003\005\005\005\001\001\000\030\020\004\022"
      "\003<14>fw\012<14>fw\012\012no "
      "names\0121|u|N|1\0121|u|N|1\0121\0122\01210.0.0.1\01210.0.0.1\012\012\017\012\017two\012lines src=1"sv;
  constexpr std::string_view kBytes =
      "<14>fw CEF:0|V|P|1|u|N|1|rt=1 src=10.0.0.1 act=<14>fw CEF:0|V|P|1|u|N|1|rt=2 src=10.0.0.1 act=\x0f"
      "no namestwo\nlines src=1";
  Compressor compressor;
  Decompressor decompressor;
  MessageDecoder decoder;
  std::string out;
  REQUIRE(decoder.decode(compressor.compress(kOld, "\x01"), kBytes.size(), decompressor, out));
  CHECK(out == kBytes);
}

TEST_CASE("messages: cut, stretched and changed text is refused or makes no more than it may, and is never read past") {
  MessagePacker packer;
  const std::string bytes = joined(kMessages), good = packed(packer, kMessages);
  std::string out;
  CHECK_FALSE(unpack_messages(good, Values::with_references, bytes.size() - 1, out));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::vector<char> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(unpack_messages({cut.data(), cut.size()}, Values::with_references, bytes.size(), out));
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0, 1, 0x0f, 0x10, 0x1f, 0x7f, 0x80, 0xff}) {
      std::vector<char> changed(good.begin(), good.end());
      changed[at] = static_cast<char>(value);
      for (const Values values : {Values::plain, Values::with_references})
        if (unpack_messages({changed.data(), changed.size()}, values, bytes.size(), out))
          CHECK(out.size() <= bytes.size());
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
  CHECK_FALSE(decoder.decode("\x03" + raw.substr(1), bytes.size(), decompressor, out));
}

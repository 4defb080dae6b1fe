#include "storage/message_picker.h"

#include <doctest/doctest.h>

#include <random>

#include "storage/message_codec.h"

using namespace storage;

namespace {

struct Block {
  std::string packed, bytes;
  std::vector<IndexEntry> entries;
};

Block block_of(MessagePacker& packer, std::span<const std::string> messages) {
  Block block;
  packer.clear();
  for (const std::string& message : messages) {
    packer.add(message);
    IndexEntry& entry = block.entries.emplace_back();
    entry.offset = static_cast<std::uint32_t>(block.bytes.size());
    entry.length = static_cast<std::uint32_t>(message.size());
    block.bytes += message;
  }
  block.packed = packer.pack();
  return block;
}

bool pick(MessagePicker& picker, const Block& block, std::span<const std::uint32_t> wanted, std::string& out,
          Values values = Values::with_references) {
  out.assign(block.bytes.size(), '?');
  return picker.pick(block.packed, values, block.entries, wanted, out);
}

void check_wanted(MessagePicker& picker, const Block& block, std::span<const std::uint32_t> wanted) {
  std::string out;
  REQUIRE(pick(picker, block, wanted, out));
  for (const std::uint32_t at : wanted) {
    const IndexEntry& entry = block.entries[at];
    CHECK(out.substr(entry.offset, entry.length) == block.bytes.substr(entry.offset, entry.length));
  }
}

// Each number below `count` with a chance of one in `every`.
std::vector<std::uint32_t> some_of(std::mt19937_64& random, std::size_t count, unsigned every) {
  std::vector<std::uint32_t> some;
  for (std::uint32_t i = 0; i < count; ++i)
    if (random() % every == 0) some.push_back(i);
  return some;
}

// Fields that hardly change, that go round among many values, that are new each time, empty, long, missing, or look
// like references; some messages can't be cut.
std::string message_of(std::mt19937_64& random, std::size_t number) {
  if (random() % 50 == 0) return "two\nlines " + std::to_string(number);
  if (random() % 50 == 0) return "";
  std::string text = "<14>Nov 24 fw" + std::to_string(random() % 3) + " CEF:0|V|P|1|u|N|1|rt=" + std::to_string(number);
  text += " act=" + std::string(number % 700 == 0 ? "Blocked" : "Allowed");
  text += " src=10.0.0." + std::to_string(random() % 40) + " cs1=";
  text += static_cast<char>(0x0c + random() % 22);
  if (random() % 3 == 0) text += static_cast<char>(0x0e + random() % 20);
  if (random() % 4 == 0) text += " cs2=" + std::string(random() % 200, 'x');
  if (random() % 2 == 0) text += " cs3= cs4=\x10\x11\x12";
  return text;
}

}  // namespace

TEST_CASE("messages: a few of a block come back byte for byte, whichever they are") {
  MessagePacker packer;
  MessagePicker picker;
  std::mt19937_64 random(1);
  for (const std::size_t count : {0u, 1u, 2u, 65u, 3000u}) {
    std::vector<std::string> messages;
    for (std::size_t i = 0; i < count; ++i) messages.push_back(message_of(random, i));
    const Block block = block_of(packer, messages);
    for (const unsigned every : {1u, 2u, 10u, 100u, 1000u}) check_wanted(picker, block, some_of(random, count, every));
    for (std::uint32_t i = 0; i < std::min<std::size_t>(count, 300); ++i) check_wanted(picker, block, std::array{i});
  }
}

TEST_CASE("messages: a few of a block of segment schema 2 come back, too") {
  using namespace std::string_literals;
  MessagePicker picker;
  Block block;
  block.packed =
      "v\004\013 CEF:0|V|P|\004|rt=\005 src=\005 "
      "act=\004\000\000\001\001\002\002\003\003\005\005\005\001\001\000\030\020\004\022"
      "\003<14>fw\012<14>fw\012\012no "
      "names\0121|u|N|1\0121|u|N|1\0121\0122\01210.0.0.1\01210.0.0.1\012\012\017\012\017two\012lines src=1"s;
  for (const char* message :
       {"<14>fw CEF:0|V|P|1|u|N|1|rt=1 src=10.0.0.1 act=", "<14>fw CEF:0|V|P|1|u|N|1|rt=2 src=10.0.0.1 act=\x0f", "",
        "no names", "two\nlines src=1"}) {
    IndexEntry& entry = block.entries.emplace_back();
    entry.offset = static_cast<std::uint32_t>(block.bytes.size());
    block.bytes += message;
    entry.length = static_cast<std::uint32_t>(block.bytes.size() - entry.offset);
  }
  for (std::uint32_t i = 0; i < block.entries.size(); ++i) {
    std::string out;
    REQUIRE(pick(picker, block, std::array{i}, out, Values::plain));
    CHECK(out.substr(block.entries[i].offset, block.entries[i].length) ==
          block.bytes.substr(block.entries[i].offset, block.entries[i].length));
  }
}

TEST_CASE("messages: lengths that the messages don't have are damage") {
  MessagePacker packer;
  MessagePicker picker;
  const std::vector<std::string> messages = {"x a=1 b=2", "x a=10 b=2", "x a=1 b=20"};
  Block block = block_of(packer, messages);
  std::string out;
  REQUIRE(pick(picker, block, std::array{1u}, out));
  CHECK_FALSE(pick(picker, block, std::array{3u}, out));
  --block.entries[1].length;
  CHECK_FALSE(pick(picker, block, std::array{1u}, out));
  block.entries[1].length += 2;
  CHECK_FALSE(pick(picker, block, std::array{1u}, out));
  --block.entries[1].length;
  block.entries.pop_back();
  CHECK_FALSE(pick(picker, block, std::array{1u}, out));
}

TEST_CASE("messages: a few are picked from cut and changed text without reading or writing past it") {
  MessagePacker packer;
  MessagePicker picker;
  std::mt19937_64 random(2);
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < 12; ++i) messages.push_back(message_of(random, i));
  const Block good = block_of(packer, messages);
  const auto wanted = std::array{0u, 3u, 4u, 11u};
  const auto pick_from = [&](std::size_t size, std::size_t at, int value) {
    std::vector<char> bytes(good.packed.begin(), good.packed.begin() + static_cast<std::ptrdiff_t>(size));
    if (at < size) bytes[at] = static_cast<char>(value);
    for (const Values values : {Values::plain, Values::with_references}) {
      std::string out;
      static_cast<void>(picker.pick({bytes.data(), bytes.size()}, values, good.entries, wanted, out));
      CHECK(out.size() <= good.bytes.size());
    }
  };
  for (std::size_t size = 0; size < good.packed.size(); ++size) pick_from(size, size, 0);
  for (std::size_t at = 0; at < good.packed.size(); ++at)
    for (const int value : {0, 1, 0x0a, 0x0f, 0x10, 0x1f, 0x7f, 0x80, 0xff}) pick_from(good.packed.size(), at, value);
}

#include "sensor/query/prefilter.h"

#include <doctest/doctest.h>

#include <algorithm>

#include <random>

#include "sensor/query/condition.h"
#include "tests/sensor/query/searching.h"

using namespace query;

TEST_CASE("query finder: words are found where a plain search finds them, whatever their case") {
  std::mt19937 random(5);
  constexpr std::string_view kLetters = "aAbB{[@`z";
  for (int round = 0; round < 3000; ++round) {
    std::string text, word;
    for (auto length = random() % 60; length > 0; --length) text += kLetters[random() % kLetters.size()];
    for (auto length = 1 + random() % 3; length > 0; --length) word += kLetters[random() % kLetters.size()];
    const auto lower = [](std::string out) {
      for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      return out;
    };
    const std::size_t from = random() % (text.size() + 1);
    CAPTURE(text);
    CAPTURE(word);
    REQUIRE(Finder(word).find(text, from) == lower(text).find(lower(word), from));
  }
}

TEST_CASE("query prefilter: no message that matches is thrown out, however its value is written") {
  const std::vector<std::string> lines = {
      R"(<14>Nov 24 08:00:00 fw CEF:0|Zscaler|NSS\|Weblog|5.7|Allowed|Allowed|3|request=http://example.com/a?b\=c&d\=e msg=it's)",
      R"(<14>Nov 24 08:00:00 fw CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Blocked#012twice|3|request=example.com/LOGIN cs1=a\\b\nc)",
      R"(<14>Nov 24 08:00:00 fw CEF:0|Check Point|URL Filtering|x|Log|https|Unknown|suser=J\=rgen cs1=M)"
      "\xfc"
      "ller spt=0443",
      R"(<14>Nov 24 08:00:00 fw CEF:0|Fortinet|Fortigate|v7|13312|utm|4|msg=tab#011tab cs2=\"quoted\" spt=443 zone=z)",
      "<14>Nov 24 08:00:00 fw CEF:0|Fortinet|Fortigate|v7|13312|utm|4|msg=plain",
      R"(<189>date=2026-11-24 time=08:00:00 devname="fg" devid="FG1" logid="0317013312" type="utm" subtype="webfilter" )"
      R"(eventtype="ftgd_allow" level="notice" srcip=192.0.2.7 dstip=198.51.100.1 hostname="a.example" url="/login")",
      "no CEF at all: example login Müller"};
  const std::vector<std::string> conditions = {"RequestURL~b=c",
                                               "RequestURL~(login|signin)",
                                               "RequestURL~(?i)login",
                                               "RequestURL~LOGIN$",
                                               "RequestURL~^http",
                                               "RequestURL=http://example.com/a?b=c&d=e",
                                               "DeviceProduct~NSS.Weblog",
                                               "DeviceProduct=NSS|Weblog",
                                               "Activity~Blocked twice",
                                               "DeviceCustomString1~a.b",
                                               "DeviceCustomString1=a\\b\nc",
                                               "DeviceCustomString1~M.ller",
                                               "DeviceCustomString1~Müller",
                                               "DeviceCustomString1=Müller",
                                               "SourceUserName~J=rgen",
                                               "Message~tab\ttab",
                                               "DeviceCustomString2~\"quoted",
                                               "SourcePort=443",
                                               "SourcePort>=443",
                                               "Message~p?l?a?i?n?",
                                               "Message~.",
                                               "Message!~plain",
                                               "Message=",
                                               "AdditionalExtensions~zone=z",
                                               "SourceSystem=OpsManager",
                                               "Computer=fw",
                                               "raw~(?i)CEF:0.FORTI",
                                               "DeviceVendor=Fortinet",
                                               "DeviceProduct~gate$",
                                               "raw~\\|utm\\|"};
  test::Searching store(lines);
  storage::StoreOptions options = store.options();
  options.read_only = true;
  storage::EventStore reader(options);
  Message message(store.config(), store.identity());
  std::size_t matches = 0, thrown_out = 0;
  reader.scan_blocks({}, [&](const storage::BlockView& block) {
    for (const std::string& text : conditions) {
      const Condition condition = *Condition::parse(text, test::kNow);
      std::vector<std::uint32_t> kept(block.chosen.begin(), block.chosen.end());
      const auto prefilter = condition.prefilter();
      if (prefilter) prefilter->narrow(block, kept);
      thrown_out += block.chosen.size() - kept.size();
      for (const std::uint32_t at : block.chosen) {
        message.look_at(block, at);
        if (!condition.holds(message)) continue;
        ++matches;
        CAPTURE(text);
        CAPTURE(at);
        CHECK(std::ranges::find(kept, at) != kept.end());
      }
    }
    return true;
  });
  CHECK(matches > 30);
  CHECK(thrown_out > 50);
}

TEST_CASE("query prefilter: a word that begins in one message and ends in the next stands in neither") {
  const std::string bytes = "xxexamplexx";
  std::vector<storage::IndexEntry> entries(2);
  entries[0].length = 5;
  entries[1].offset = 5;
  entries[1].length = 6;
  const std::vector<std::uint32_t> all = {0, 1};
  const storage::BlockView block{1, entries, all, bytes, {}, {}};
  std::vector<std::uint32_t> kept = all;
  Prefilter::for_text("example")->narrow(block, kept);
  CHECK(kept.empty());
  kept = all;
  Prefilter::for_text("xxe")->narrow(block, kept);
  CHECK(kept == std::vector<std::uint32_t>{0});
}

TEST_CASE("query prefilter: patterns and texts without a telling word have none") {
  for (const char* pattern : {"", ".", "a|b", "\\d+", "(abc)?", "..ab.."}) {
    CAPTURE(pattern);
    CHECK(Prefilter::for_pattern(pattern) == nullptr);
  }
  for (const char* text : {"", "ab", "a=b=c", "\xc3\xbc\xc3\xbc"}) CHECK(Prefilter::for_text(text) == nullptr);
  CHECK(Prefilter::for_pattern("abc|def") != nullptr);
}

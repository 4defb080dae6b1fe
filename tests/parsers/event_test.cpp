#include "parsers/event.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

namespace {

using parsers::canonical_address;

TEST_CASE("address: every spelling of one address gives one text") {
  struct Row {
    const char* name;
    const char* text;
    const char* expected;
  };
  const Row rows[] = {
      {"dotted", "192.0.2.1", "192.0.2.1"},
      {"blanks around", " 192.0.2.1 \t", "192.0.2.1"},
      {"a bar behind", "192.0.2.1|", "192.0.2.1"},
      {"quotes around", "\"192.0.2.1\"", "192.0.2.1"},
      {"highest", "255.255.255.255", "255.255.255.255"},
      {"unspecified", "0.0.0.0", ""},
      {"leading zero is ambiguous", "192.0.2.01", ""},
      {"three octets", "192.0.2", ""},
      {"five octets", "192.0.2.1.1", ""},
      {"octet too large", "192.0.2.256", ""},
      {"hexadecimal", "0xc0.0.2.1", ""},
      {"a number", "3221225985", ""},
      {"with port", "192.0.2.1:443", ""},
      {"name", "www.example.com", ""},
      {"empty", "", ""},
      {"blank", "   ", ""},
      {"long", "192.0.2.1                                                                  x", ""},
      {"NUL inside", nullptr, ""},
      {"upper case", "2001:DB8::A", "2001:db8::a"},
      {"full", "2001:0db8:0000:0000:0000:0000:0000:000a", "2001:db8::a"},
      {"one zero group is not shortened", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"longest run", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"first of equal runs", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"run at the end", "2001:db8:1::", "2001:db8:1::"},
      {"run at the start", "::2:3", "::2:3"},
      {"loopback", "::1", "::1"},
      {"unspecified", "::", ""},
      {"unspecified in full", "0:0:0:0:0:0:0:0", ""},
      {"mapped", "::ffff:192.0.2.1", "192.0.2.1"},
      {"mapped in hexadecimal", "::FFFF:c000:0201", "192.0.2.1"},
      {"mapped unspecified", "::ffff:0.0.0.0", ""},
      {"not mapped", "::ffff:0", "::ffff:0"},
      {"compatible stays IPv6", "::192.0.2.1", "::c000:201"},
      {"zone", "fe80::1%eth0", "fe80::1"},
      {"brackets", "[2001:db8::1]", "2001:db8::1"},
      {"brackets and zone", "[fe80::1%25eth0]", "fe80::1"},
      {"two runs", "2001::db8::1", ""},
      {"too many groups", "1:2:3:4:5:6:7:8:9", ""},
      {"group too long", "2001:db8::12345", ""},
  };
  std::string reused = "left over";
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string_view text = row.text ? std::string_view(row.text) : std::string_view("192.0.2.1\0", 10);
    CHECK(canonical_address(text) == row.expected);
    CHECK(canonical_address(text, reused) == (row.expected[0] != '\0'));
    CHECK(reused == row.expected);
  }
}

TEST_CASE("event: clear leaves nothing of the last message") {
  parsers::Event event;
  event.time = parsers::from_micros(1);
  event.vendor = parsers::Vendor::zscaler;
  event.product = event.user = event.account = event.user_raw = event.url_raw = event.action = "x";
  event.source_address = event.destination_address = "192.0.2.1";
  event.user_match = parsers::UserMatch::upn;
  event.has_url = true;
  event.url = {.scheme = "https", .host = "h", .port = 1, .path = "/", .query = "q", .scheme_inferred = true};
  event.outcome = parsers::Outcome::blocked;
  event.flags.set(parsers::Flag::url_host_only);
  event.clear();
  CHECK(event.time == parsers::TimePoint{});
  CHECK(event.vendor == parsers::Vendor::unknown);
  for (const std::string* text : {&event.product, &event.user, &event.account, &event.user_raw, &event.url_raw,
                                  &event.action, &event.source_address, &event.destination_address, &event.url.scheme,
                                  &event.url.host, &event.url.path, &event.url.query}) {
    CHECK(text->empty());
  }
  CHECK(event.user_match == parsers::UserMatch::none);
  CHECK_FALSE(event.has_url);
  CHECK(event.url.port == 0);
  CHECK_FALSE(event.url.scheme_inferred);
  CHECK(event.outcome == parsers::Outcome::unknown);
  CHECK(event.flags.bits() == 0);
}

TEST_CASE("event: the names of vendors and outcomes are the ones that findings print") {
  CHECK(parsers::to_string(parsers::Vendor::paloalto) == std::string_view("Palo Alto Networks"));
  CHECK(parsers::to_string(parsers::Vendor::fortinet) == std::string_view("Fortinet"));
  CHECK(parsers::to_string(parsers::Vendor::checkpoint) == std::string_view("Check Point"));
  CHECK(parsers::to_string(parsers::Vendor::zscaler) == std::string_view("Zscaler"));
  CHECK(parsers::to_string(parsers::Vendor::unknown) == std::string_view("unknown"));
  CHECK(parsers::to_string(parsers::Outcome::allowed) == std::string_view("allowed"));
  CHECK(parsers::to_string(parsers::Outcome::warned) == std::string_view("warned"));
  CHECK(parsers::to_string(parsers::Outcome::blocked) == std::string_view("blocked"));
  CHECK(parsers::to_string(parsers::Outcome::unknown) == std::string_view("unknown"));
}

TEST_CASE("address: of texts that are nearly IPv4 those are taken that the system's own reader takes") {
  std::mt19937 random{17};
  const auto number = [&random] {
    constexpr std::string_view kDigits = "0012255569";
    std::string digits;
    for (std::size_t left = random() % 12 == 0 ? 4 : random() % 3 + (random() % 20 != 0); left > 0; --left) {
      digits += kDigits[random() % kDigits.size()];
    }
    return digits;
  };
  int taken = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = number();
    for (std::size_t dots = random() % 30 == 0 ? random() % 6 : 3; dots > 0; --dots) text += '.' + number();
    if (random() % 30 == 0 && !text.empty()) text[random() % text.size()] = static_cast<char>(random());
    if (text.find_first_not_of("0123456789.") != text.npos) {
      // What is stripped or is IPv6 has its own rows.
      if (text.find_first_of(" \t\r\n\"[]|:%") == text.npos) REQUIRE(canonical_address(text).empty());
      continue;
    }
    in_addr address{};
    const bool is_address = inet_pton(AF_INET, text.c_str(), &address) == 1 && address.s_addr != 0;
    char canonical[INET_ADDRSTRLEN] = {};
    if (is_address) inet_ntop(AF_INET, &address, canonical, sizeof canonical);
    CAPTURE(text);
    REQUIRE(canonical_address(text) == canonical);
    taken += is_address;
  }
  CHECK(taken > 10'000);
}

}  // namespace

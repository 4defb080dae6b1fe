#include "parsers/packets/fragments.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/frames.h"

using namespace frames;
using namespace std::chrono_literals;
using parsers::Fragments;
using parsers::LinkType;

namespace {

const parsers::TimePoint kNow = parsers::from_micros(1'700'000'000'000'000);

// What UDP carried, once `frames` are in; "" when no packet became whole.
std::string put_together(Fragments& fragments, const std::vector<std::string>& pieces, parsers::TimePoint now = kNow) {
  std::string whole;
  for (const std::string& frame : pieces) {
    parsers::IpPacket piece;
    REQUIRE(parsers::read_ip(LinkType::raw_ip, frame, piece) == parsers::Decoded::yes);
    REQUIRE(piece.is_fragment);
    const parsers::IpPacket* packet = fragments.add(piece, now);
    if (!packet) continue;
    CHECK(whole.empty());
    parsers::Segment segment;
    REQUIRE(parsers::read_segment(*packet, segment) == parsers::Decoded::yes);
    whole = segment.payload;
    parsers::IpPacket again;  // headers and payload together are the packet as if it had never been cut
    const std::string frame_again = std::string(packet->headers) + std::string(packet->payload);
    CHECK(parsers::read_ip(LinkType::raw_ip, frame_again, again) == parsers::Decoded::yes);
    CHECK_FALSE(again.is_fragment);
  }
  return whole;
}

std::vector<std::string> cut(const std::string& bytes, unsigned size, bool v6 = false, unsigned id = 1) {
  std::vector<std::string> pieces;
  for (unsigned at = 0; at < bytes.size(); at += size) {
    const Piece piece{id, at, at + size < bytes.size()};
    pieces.push_back(v6 ? ipv6_piece(kUdp, bytes.substr(at, size), piece) : ipv4(kUdp, bytes.substr(at, size), piece));
  }
  return pieces;
}

std::string text(std::size_t length) {
  std::string out;
  for (std::size_t i = 0; i < length; ++i) out += static_cast<char>('a' + i * 7 % 26);
  return out;
}

}  // namespace

TEST_CASE("fragments: a packet is whole once its pieces are there, in any order, some of them twice") {
  const std::string message = text(5000);
  for (const bool v6 : {false, true}) {
    for (const unsigned size : {8u, 64u, 1480u}) {
      std::vector<std::string> pieces = cut(udp(message), size, v6);
      if (pieces.size() > 200) continue;
      for (int order = 0; order < 4; ++order) {
        CAPTURE(order);
        Fragments fragments({});
        if (order == 1) std::reverse(pieces.begin(), pieces.end());
        if (order == 2) std::rotate(pieces.begin(), pieces.begin() + 1, pieces.end());
        if (order == 3) pieces.insert(pieces.begin() + 1, pieces.front());
        CHECK(put_together(fragments, pieces) == message);
        CHECK(fragments.bytes() == 0);
      }
    }
  }
}

TEST_CASE("fragments: the largest packet there is") {
  Fragments fragments({});
  const std::string message = text(65'507);
  CHECK(put_together(fragments, cut(udp(message), 1480)) == message);
}

TEST_CASE("fragments: pieces of several packets don't mix") {
  Fragments fragments({});
  const std::string first = text(4000), second = std::string(4000, 'z');
  const auto one = cut(udp(first), 1480, false, 1), two = cut(udp(second), 1480, false, 2);
  CHECK(put_together(fragments, {one[0], two[0], one[1], two[2]}) == "");
  CHECK(put_together(fragments, {one[2]}) == first);
  CHECK(put_together(fragments, {two[1]}) == second);
}

TEST_CASE("fragments: what contradicts itself is refused as a whole") {
  const std::string bytes = udp(text(3000));
  const auto piece = [&](unsigned at, unsigned size, bool more) {
    return ipv4(kUdp, bytes.substr(at, size), {1, at, more});
  };
  const std::vector<std::vector<std::string>> kRows = {
      {piece(0, 1480, true), piece(1472, 1480, true)},                           // overlaps the one before
      {piece(1480, 800, true), piece(0, 1488, true)},                            // and the one behind
      {piece(0, 1480, true), ipv4(kUdp, std::string(1480, '!'), {1, 0, true})},  // the same place, other bytes
      {piece(0, 1480, true), piece(2960, 48, false), piece(1480, 8, false)},     // two ends
      {piece(2960, 48, true), piece(1480, 8, false)},                            // an end before a piece
      {ipv4(kUdp, std::string(9, 'x'), {1, 0, true})},                           // not by eight
      {ipv4(kUdp, std::string(64, 'x'), {1, 65528, false})},                     // ends behind 64 KiB
  };
  for (std::size_t row = 0; row < kRows.size(); ++row) {
    CAPTURE(row);
    Fragments fragments({});
    CHECK(put_together(fragments, kRows[row]) == "");
    CHECK(fragments.counters().refused == 1);
  }
}

TEST_CASE("fragments: what waits is bounded in number, bytes, pieces and age") {
  Fragments few({.max_packets = 10});
  for (unsigned id = 0; id < 1000; ++id) put_together(few, {cut(udp(text(3000)), 1480, false, id)[0]});
  CHECK(few.counters().incomplete == 990);
  CHECK(few.bytes() <= 10 * (1480 + 64));

  Fragments small({.max_bytes = 20'000});
  for (unsigned id = 0; id < 1000; ++id) put_together(small, {cut(udp(text(3000)), 1480, true, id)[0]});
  CHECK(small.bytes() <= 20'000);
  CHECK(small.counters().incomplete > 900);

  Fragments crumbs({.max_pieces = 4});
  CHECK(put_together(crumbs, cut(udp(text(100)), 8)) == "");
  CHECK(crumbs.counters().refused >= 1);

  Fragments aging({});
  const auto pieces = cut(udp(text(3000)), 1480);
  CHECK(put_together(aging, {pieces[0], pieces[1]}) == "");
  CHECK(put_together(aging, {pieces[2]}, kNow + 31s) == "");
  CHECK(aging.counters().incomplete == 1);
}

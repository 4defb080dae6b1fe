#include "parsers/packets/tcp_streams.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using parsers::Flow;
using parsers::Segment;
using parsers::TcpStreams;

namespace {

const parsers::TimePoint kNow = parsers::from_micros(1'700'000'000'000'000);

// Writes down what it is told: "[" begins, "(" begins in the middle, "~" a gap, "]" closed, ")" forgotten.
struct Reader final : parsers::TcpReader {
  void begin(Stream stream, const Flow&, Beginning beginning) override {
    open = stream;
    text += beginning == Beginning::whole ? "[" : "(";
  }
  void data(Stream, std::string_view bytes, parsers::TimePoint) override { text += bytes; }
  void gap(Stream, parsers::TimePoint) override { text += "~"; }
  void end(Stream, Ending ending, parsers::TimePoint) override { text += ending == Ending::closed ? "]" : ")"; }
  Stream open = 0;
  std::string text;
};

Flow flow(std::uint16_t port = 40000) {
  Flow flow;
  flow.source.bytes = {192, 0, 2, 1};
  flow.destination.bytes = {198, 51, 100, 1};
  flow.source_port = port;
  flow.destination_port = 514;
  return flow;
}

Segment data(std::uint32_t sequence, std::string_view payload) {
  Segment segment;
  segment.is_tcp = true;
  segment.sequence = sequence;
  segment.payload = payload;
  return segment;
}
Segment syn(std::uint32_t sequence) {
  Segment segment = data(sequence, "");
  segment.syn = true;
  return segment;
}
Segment fin(std::uint32_t sequence, std::string_view payload = "") {
  Segment segment = data(sequence, payload);
  segment.fin = true;
  return segment;
}
Segment reset(std::uint32_t sequence) {
  Segment segment = data(sequence, "");
  segment.reset = true;
  return segment;
}

std::string read(const std::vector<Segment>& segments, TcpStreams::Limits limits = {}) {
  Reader reader;
  TcpStreams streams(limits, reader);
  for (const Segment& segment : segments) streams.add(flow(), segment, kNow);
  streams.finish(kNow);
  CHECK(streams.held_bytes() == 0);
  CHECK(streams.size() == 0);
  return reader.text;
}

}  // namespace

TEST_CASE("tcp: bytes come out in order, once, whatever the segments do") {
  constexpr std::uint32_t kWrap = 0xfffffffeu;
  const struct {
    const char* name;
    std::vector<Segment> segments;
    const char* text;
  } kRows[] = {
      {"in order", {syn(99), data(100, "abc"), data(103, "def"), fin(106)}, "[abcdef]"},
      {"over the end of the numbers", {syn(kWrap - 1), data(kWrap, "abc"), data(1, "def"), fin(4)}, "[abcdef]"},
      {"the first comes late", {syn(99), data(103, "def"), data(100, "abc"), fin(106)}, "[abcdef]"},
      {"upside down", {syn(99), data(106, "ghi"), data(103, "def"), data(100, "abc")}, "[abcdefghi)"},
      {"again", {syn(99), data(100, "abc"), data(100, "abc"), data(103, "def"), data(100, "abcdef")}, "[abcdef)"},
      {"again with more", {syn(99), data(100, "abc"), data(100, "abcdef")}, "[abcdef)"},
      {"overlapping", {syn(99), data(100, "abcd"), data(102, "cdef")}, "[abcdef)"},
      {"other bytes the second time", {syn(99), data(100, "abc"), data(100, "XYZ")}, "[abc)"},
      {"other bytes while waiting", {syn(99), data(103, "def"), data(103, "XYZ"), data(100, "abc")}, "[abcdef)"},
      {"more while waiting", {syn(99), data(103, "de"), data(103, "XYf"), data(100, "abc")}, "[abcdef)"},
      {"the end before the middle", {syn(99), data(100, "abc"), fin(106), data(103, "def")}, "[abcdef]"},
      {"data with the end", {syn(99), data(100, "abc"), fin(103, "def")}, "[abcdef]"},
      {"the end again, with its data", {syn(99), fin(100, "abc"), fin(100, "abc")}, "[abc]"},
      {"joined in the middle", {data(500, "abc"), data(503, "def")}, "(abcdef)"},
      {"never anything but acknowledgements", {data(500, ""), data(500, ""), fin(500)}, ""},
      {"an opening alone", {syn(99), syn(99), reset(100)}, ""},
      {"a hole", {syn(99), data(100, "abc"), data(110, "xyz")}, "[abc~xyz)"},
      {"a hole at the beginning", {syn(99), data(103, "def")}, "[~def)"},
      {"a reset", {syn(99), data(100, "abc"), reset(103)}, "[abc]"},
      {"a reset that does not fit", {syn(99), data(100, "abc"), reset(150)}, "[abc)"},
      {"the same ports again", {syn(99), data(100, "abc"), syn(5000), data(5001, "xyz")}, "[abc][xyz)"},
      {"the opening again, late", {syn(99), data(100, "abc"), syn(99), data(103, "def")}, "[abcdef)"},
      {"the same ports, unseen opening", {syn(99), data(100, "abc"), data(0x90000000u, "xyz")}, "[abc~xyz)"},
      {"after the end, new data", {syn(99), fin(100, "abc"), data(9000, "xyz")}, "[abc](xyz)"},
  };
  for (const auto& [name, segments, text] : kRows) {
    CAPTURE(name);
    CHECK(read(segments) == text);
  }
}

TEST_CASE("tcp: a hole is passed over when it is old, or when too much waits behind it") {
  Reader reader;
  TcpStreams streams({.max_held_segments = 3}, reader);
  streams.add(flow(), data(100, "abc"), kNow);
  streams.add(flow(), data(110, "x"), kNow);
  streams.expire(kNow + 900ms);
  CHECK(reader.text == "(abc");
  streams.expire(kNow + 1100ms);
  CHECK(reader.text == "(abc~x");
  for (std::uint32_t i = 0; i < 4; ++i) streams.add(flow(), data(120 + 2 * i, "y"), kNow + 1200ms);
  CHECK(reader.text == "(abc~x~y");
  CHECK(streams.counters().gaps == 2);

  Reader other;
  TcpStreams small({.max_held_bytes = 10'000}, other);
  const std::string block(1000, 'z');
  for (std::uint16_t port = 1; port <= 100; ++port) {
    small.add(flow(port), data(1, "a"), kNow);
    small.add(flow(port), data(5000, block), kNow);
    CHECK(small.held_bytes() <= 10'000);
  }
  CHECK(small.counters().gaps >= 90);
}

TEST_CASE("tcp: a late end of a connection closes it though bytes before it never came") {
  Reader reader;
  TcpStreams streams({}, reader);
  streams.add(flow(), data(100, "abc"), kNow);
  streams.add(flow(), fin(110, "xyz"), kNow);
  streams.expire(kNow + 2s);
  CHECK(reader.text == "(abc~xyz]");
  CHECK(streams.size() == 0);
}

TEST_CASE("tcp: the number of streams is bounded, and a flood of openings forgets none") {
  Reader reader;
  TcpStreams streams({.max_streams = 10}, reader);
  streams.add(flow(1), data(100, "abc"), kNow);
  for (std::uint16_t port = 2; port < 60'000; ++port) streams.add(flow(port), syn(port), kNow);
  CHECK(streams.size() == 1);
  for (std::uint16_t port = 2; port < 1000; ++port) {
    streams.add(flow(port), data(7, "x"), kNow);
    streams.add(flow(1), data(100 + port + 1u, "."), kNow);
  }
  CHECK(streams.size() == 10);
  CHECK(streams.counters().evicted == 989);
}

TEST_CASE("tcp: a silent stream is forgotten") {
  Reader reader;
  TcpStreams streams({.max_silence = 1h}, reader);
  streams.add(flow(), data(100, "abc"), kNow);
  streams.expire(kNow + 59min);
  CHECK(streams.size() == 1);
  streams.expire(kNow + 61min);
  CHECK(reader.text == "(abc)");
  CHECK(streams.size() == 0);
}

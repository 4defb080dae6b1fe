#include "sensor/ingest/packets.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/frames.h"

using namespace frames;
using namespace std::chrono_literals;
using parsers::LinkType;

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T09:00:00Z");

std::string row(int number, std::size_t padding = 0) {
  return "<14>Nov 24 08:00:00 fw CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed request=www.example.com/" +
         std::to_string(number) + std::string(padding, 'x') + " suser=a@contoso.com";
}
std::string counted(const std::string& message) { return std::to_string(message.size()) + " " + message; }

struct Bench {
  explicit Bench(config::Listen tap = {}) : input(std::move(tap)) {}

  void take(const std::string& frame, parsers::TimePoint now = kNow) { packets.take(LinkType::raw_ip, frame, now); }
  // A connection's bytes from `sequence` on; one after the other where it is not given.
  void send(std::string_view bytes, unsigned flags = kAck) {
    take(ipv4(kTcp, tcp(bytes, sequence, flags)));
    sequence += static_cast<std::uint32_t>(bytes.size()) + (flags & kSyn ? 1 : 0);
  }
  void skip(std::size_t bytes) { sequence += static_cast<std::uint32_t>(bytes); }

  // received/parsed/quarantined/dropped
  std::string counts() const {
    const ingest::InputStats& stats = input.stats;
    CHECK(stats.received == stats.parsed + stats.quarantined + stats.dropped);
    return std::to_string(stats.received) + "/" + std::to_string(stats.parsed) + "/" +
           std::to_string(stats.quarantined) + "/" + std::to_string(stats.dropped);
  }
  std::uint64_t reason(std::string_view name) const { return input.stats.reasons[ingest::reason_index(name)]; }

  parsers::IdentityMap nobody;
  bool has_room = true, wanted = true;
  storage::Batch stored;
  ingest::Intake intake{nobody, [this](storage::Batch& batch) {
                          if (!has_room) return false;
                          stored.bytes += batch.bytes;
                          batch.clear();
                          return true;
                        }};
  ingest::Input input;
  ingest::Packets packets{input, intake, [this](const parsers::IpPacket&) { return wanted; }};
  std::uint32_t sequence = 1000;
};

}  // namespace

TEST_CASE("packets: a datagram is a message, at the time of its capture") {
  Bench bench;
  bench.take(ipv4(kUdp, udp(row(1))));
  bench.take(ipv6(kUdp, udp(row(2))), kNow + 5s);
  bench.take(ipv4(kUdp, udp("hello")));
  CHECK(bench.counts() == "3/2/1/0");
  CHECK(bench.input.stats.packets == 3);
  CHECK(bench.reason("not_cef") == 1);
}

TEST_CASE("packets: what a snapshot length has cut is no message") {
  Bench bench;
  const std::string whole = ipv4(kUdp, udp(row(1)));
  bench.take(whole.substr(0, whole.size() - 10));
  CHECK(bench.counts() == "1/0/1/0");
  CHECK(bench.reason("capture_cut") == 1);
}

TEST_CASE("packets: a message longer than max_message leaves its beginning in quarantine") {
  config::Listen tap;
  tap.max_message_bytes = 1024;
  Bench bench(tap);
  bench.take(ipv4(kUdp, udp(row(1, 2000))));
  bench.send("", kSyn);
  bench.send(row(2, 2000) + "\n" + row(3) + "\n");
  CHECK(bench.counts() == "3/1/2/0");
  CHECK(bench.reason("message_too_long") == 2);
}

TEST_CASE("packets: pieces make a message where the filter wants the whole") {
  for (const bool wanted : {true, false}) {
    Bench bench;
    bench.wanted = wanted;
    const std::string bytes = udp(row(1, 2000));
    bench.take(ipv4(kUdp, bytes.substr(1480), {9, 1480, false}));
    bench.take(ipv4(kUdp, bytes.substr(0, 1480), {9, 0, true}));
    bench.take(ipv6_piece(kUdp, udp(row(2)), {}));  // a fragment header, and whole
    CHECK(bench.counts() == (wanted ? "2/2/0/0" : "0/0/0/0"));
  }
}

TEST_CASE("packets: peers outside `allow` are refused, by the datagram and by the connection") {
  config::Listen tap;
  tap.allow = {"198.51.100.0/24"};
  Bench bench(tap);
  bench.take(ipv4(kUdp, udp(row(1))));
  bench.send(row(2) + "\n");
  bench.send(row(3) + "\n");
  CHECK(bench.counts() == "0/0/0/0");
  CHECK(bench.input.stats.refused == 2);
}

TEST_CASE("packets: lines and counted frames come out of a connection however it was cut") {
  for (const bool is_counted : {false, true}) {
    std::string bytes;
    for (int number = 0; number < 10; ++number) bytes += is_counted ? counted(row(number)) : row(number) + "\n";
    for (const std::size_t step : {1, 7, 64, 1460}) {
      CAPTURE(step);
      Bench bench;
      bench.send("", kSyn);
      for (std::size_t at = 0; at < bytes.size(); at += step) bench.send(std::string_view(bytes).substr(at, step));
      CHECK(bench.counts() == "10/10/0/0");
      CHECK(bench.input.stats.connections == 1);
      bench.send("", kFin);
      CHECK(bench.input.stats.connections == 0);
    }
  }
}

TEST_CASE("packets: a connection joined in the middle gives messages from the next beginning on") {
  for (const bool is_counted : {false, true}) {
    std::string bytes = " request=www.example.com/<14>CEF:0|Zscaler|NSSWeblog|5.7|a|a|3|act=Allowed%20forged";
    if (!is_counted) bytes += "\n";
    for (int number = 0; number < 10; ++number) bytes += is_counted ? counted(row(number)) : row(number) + "\n";
    for (const std::size_t step : {1, 7, 64, 1460}) {
      CAPTURE(step);
      Bench bench;
      for (std::size_t at = 0; at < bytes.size(); at += step) bench.send(std::string_view(bytes).substr(at, step));
      CHECK(bench.counts() == "10/10/0/0");
      CHECK(bench.input.stats.joined_streams == 1);
      bench.intake.flush();
      CHECK(bench.stored.bytes.find("forged") == std::string::npos);
    }
  }
}

TEST_CASE("packets: what the capture lost cuts one message, and reading begins anew behind it") {
  Bench bench;
  bench.send("", kSyn);
  bench.send(row(1) + "\n" + row(2).substr(0, 40));
  bench.skip(row(2).size() - 60);
  bench.send(row(2).substr(row(2).size() - 20) + "\n" + row(3) + "\n");
  CHECK(bench.counts() == "1/1/0/0");
  bench.packets.expire(kNow + 2s);
  CHECK(bench.counts() == "3/2/1/0");
  CHECK(bench.reason("capture_gap") == 1);
  CHECK(bench.input.stats.stream_gaps == 1);
}

TEST_CASE("packets: an unfinished last line is a message where the connection was closed, and none where it was not") {
  Bench closed;
  closed.send("", kSyn);
  closed.send(row(1));
  closed.send("", kFin);
  CHECK(closed.counts() == "1/1/0/0");
  Bench cut;
  cut.send("", kSyn);
  cut.send(row(1));
  cut.packets.finish(kNow);
  CHECK(cut.counts() == "1/0/1/0");
  CHECK(cut.reason("incomplete_at_end") == 1);
}

TEST_CASE("packets: where there is no room messages are dropped and counted, and the connection goes on") {
  Bench bench;
  bench.has_room = false;
  const std::string message = row(1, 60'000);
  for (std::size_t i = 0; i < ingest::Intake::kBatchBytes / message.size() + 12; ++i)
    bench.take(ipv4(kUdp, udp(message)));
  bench.send("", kSyn);
  bench.send(row(2) + "\n");
  CHECK(bench.input.stats.dropped >= 10);
  bench.counts();
  const auto dropped = bench.input.stats.dropped.load();
  bench.has_room = true;
  bench.send(row(3) + "\n");
  bench.counts();
  CHECK(bench.input.stats.dropped == dropped);
}

TEST_CASE("packets: half messages of many connections stay within `reassembly`") {
  config::Listen tap;
  tap.reassembly_bytes = 1 << 20;
  Bench bench(tap);
  for (unsigned port = 1; port <= 200; ++port) {
    bench.take(ipv4(kTcp, tcp("", 99, kSyn, port)));
    for (unsigned part = 0; part < 10; ++part)
      bench.take(
          ipv4(kTcp, tcp(part ? std::string(1000, 'x') : row(1, 1000).substr(0, 1000), 100 + part * 1000, kAck, port)));
  }
  CHECK(bench.input.stats.over_limit > 0);
  CHECK(bench.input.stats.parsed == 0);
  bench.counts();
}

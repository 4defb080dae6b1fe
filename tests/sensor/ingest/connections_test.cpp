#include "sensor/ingest/connections.h"

#include <doctest/doctest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;

// What a connection brings at once, and what became of it.
struct Line {
  std::string bytes;
  bool is_closed = false;
};

// Brings the bytes of its line, and is silent from then on.
class FakeConnection final : public ingest::Connection {
 public:
  FakeConnection(asio::io_context& io, Line& line) : line_(line), silence_(io, asio::steady_timer::time_point::max()) {}

  asio::awaitable<boost::system::error_code> handshake() override { co_return boost::system::error_code(); }
  asio::awaitable<Transfer> read(asio::mutable_buffer into) override {
    if (const std::size_t count = asio::buffer_copy(into, asio::buffer(line_.bytes)); count != 0) {
      line_.bytes.erase(0, count);
      co_return Transfer{{}, count};
    }
    const auto [error] = co_await silence_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return Transfer{error, 0};
  }
  asio::awaitable<Transfer> write(asio::const_buffer bytes) override { co_return Transfer{{}, bytes.size()}; }
  std::size_t read_ready(asio::mutable_buffer) override { return 0; }
  void cancel() override { silence_.cancel(); }
  void close() override { line_.is_closed = true; }

 private:
  Line& line_;
  asio::steady_timer silence_;
};

config::Listen input_of_two() {
  config::Listen listen;
  listen.name = "firewalls";
  listen.transport = config::Transport::tcp;
  listen.max_connections = 2;
  return listen;
}

const std::string kMessage = "<14>hello\n";

// Connections of an input that may have two, with an Intake that has room when the test says so.
struct Bench {
  Bench() {
    for (std::size_t i = 0; i < ingest::Intake::kBatchMessages; ++i)
      intake.take(other, "192.0.2.200", "hello", parsers::TimePoint{});
  }
  ~Bench() {
    connections.stop();
    io.run();
  }
  Line& line(std::string bytes) { return lines.emplace_back(Line{std::move(bytes)}); }
  bool connect(const std::string& peer, Line& line) {
    if (!connections.admits(peer)) return false;
    connections.add(std::make_unique<FakeConnection>(io, line), peer);
    io.poll();
    return true;
  }
  void make_room() {
    has_room = true;
    REQUIRE(intake.flush());
  }
  std::uint64_t received() const { return input.stats.received; }
  std::uint64_t over_limit() const { return input.stats.over_limit; }

  std::deque<Line> lines;  // outlive the connections
  asio::io_context io;
  ingest::Input input{input_of_two()}, other{input_of_two()};
  parsers::IdentityMap identity;
  bool has_room = false;
  ingest::Intake intake{identity, [this](storage::Batch&) { return has_room; }};
  ingest::Connections connections{io, input, intake};
};

}  // namespace

TEST_CASE("connections: whose first message waits for room in the intake makes none for others, and loses nothing") {
  Bench bench;
  Line &first = bench.line(kMessage), &silent = bench.line(""), &second = bench.line(kMessage), &late = bench.line("");
  REQUIRE(bench.connect("192.0.2.1", first));
  REQUIRE(bench.connect("192.0.2.2", silent));
  CHECK(bench.connect("192.0.2.3", second));
  CHECK(silent.is_closed);
  CHECK_FALSE(first.is_closed);
  CHECK(bench.over_limit() == 1);
  CHECK_FALSE(bench.connect("192.0.2.4", late));
  CHECK_FALSE(first.is_closed);
  CHECK_FALSE(second.is_closed);
  CHECK(bench.over_limit() == 2);
  bench.make_room();
  while (bench.received() < 2) bench.io.run_one();
  CHECK(bench.input.stats.parsed + bench.input.stats.quarantined == 2);
  CHECK_FALSE(bench.connect("192.0.2.4", late));  // both have brought a message
}

TEST_CASE("connections: whose bytes waited and are no message yet makes room again, in its old turn") {
  Bench bench;
  Line &half = bench.line("<14>hel"), &silent = bench.line(""), &late = bench.line(kMessage),
       &later = bench.line(kMessage);
  REQUIRE(bench.connect("192.0.2.1", half));
  bench.make_room();
  bench.io.run_one();
  bench.io.poll();
  REQUIRE(bench.connect("192.0.2.2", silent));
  CHECK(bench.connect("192.0.2.3", late));
  CHECK(half.is_closed);
  CHECK_FALSE(silent.is_closed);
  CHECK(bench.connect("192.0.2.4", later));
  CHECK(silent.is_closed);
  CHECK(bench.received() == 3);  // the half one is kept too
}

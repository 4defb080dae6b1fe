#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sensor/ingest/session.h"

using Fate = ingest::CommitObserver::Fate;

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T09:00:00Z");
constexpr const char* kOpen = "1 open 14 relp_version=0\n";
const std::string kOffer =
    "1 rsp 67 200 OK\nrelp_version=0\nrelp_software=lurewatch," LUREWATCH_VERSION "\ncommands=syslog\n";

config::Listen relp_input() {
  config::Listen listen;
  listen.name = "relays";
  listen.transport = config::Transport::relp;
  listen.max_message_bytes = 1024;
  return listen;
}

// A session with an Intake whose writer takes every batch and commits it when the test says so.
struct Bench final : ingest::CommitObserver {
  Bench() {
    intake.observe(*this);
    say(kOpen);
    session->output().clear();
  }
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ingest::Session::Step step = session->take(bytes, kNow);
      bytes.remove_prefix(step.consumed);
      if (!step.took_frame) break;
    }
    session->out_of_bytes();
  }
  std::string heard() { return std::exchange(session->output(), ""); }
  void settled(std::uint64_t number, Fate fate) override { session->settled(number, fate); }

  ingest::Input input{relp_input()};
  parsers::IdentityMap identity;
  std::vector<std::size_t> batches;  // the messages of each
  ingest::Intake intake{identity, [this](storage::Batch& batch) {
                          batches.push_back(batch.entries.size());
                          return true;
                        }};
  std::unique_ptr<ingest::Session> session = ingest::make_relp_session(input, intake, "192.0.2.1");
};

}  // namespace

TEST_CASE("relp: open is answered with the offers") {
  Bench bench;
  auto fresh = ingest::make_relp_session(bench.input, bench.intake, "192.0.2.1");
  fresh->take(kOpen, kNow);
  CHECK(fresh->output().substr(0, 6) == kOffer.substr(0, 6));
  CHECK(fresh->output().find("commands=syslog\n") != std::string::npos);
}

TEST_CASE("relp: a message is acknowledged when its batch is committed, and not before") {
  Bench bench;
  bench.say("2 syslog 5 hello\n3 syslog 5 world\n");
  CHECK(bench.batches == std::vector<std::size_t>{2});
  CHECK(bench.heard() == "");
  bench.intake.settle(1, Fate::committed);
  CHECK(bench.heard() == "2 rsp 6 200 OK\n3 rsp 6 200 OK\n");
}

TEST_CASE("relp: what comes while a batch is on its way to the disk goes as one behind it") {
  Bench bench;
  bench.say("2 syslog 1 a\n");
  bench.say("3 syslog 1 b\n");
  bench.say("4 syslog 1 c\n");
  CHECK(bench.batches == std::vector<std::size_t>{1});
  bench.intake.settle(1, Fate::committed);
  CHECK(bench.heard() == "2 rsp 6 200 OK\n");
  CHECK(bench.batches == std::vector<std::size_t>{1, 2});
  bench.intake.settle(2, Fate::committed);
  CHECK(bench.heard() == "3 rsp 6 200 OK\n4 rsp 6 200 OK\n");
}

TEST_CASE("relp: a batch that the disk refused is never acknowledged, and the connection ends") {
  Bench bench;
  bench.say("2 syslog 1 a\n");
  bench.intake.settle(1, Fate::lost);
  CHECK(bench.heard() == "");
  CHECK(bench.session->is_over());
}

TEST_CASE("relp: close is answered after everything before it") {
  Bench bench;
  bench.say("2 syslog 1 a\n3 close 0\n4 syslog 1 b\n");
  CHECK_FALSE(bench.session->is_over());
  bench.intake.settle(1, Fate::committed);
  CHECK(bench.heard() == "2 rsp 6 200 OK\n3 rsp 0\n0 serverclose 0\n");
  CHECK(bench.session->is_over());
  CHECK(bench.input.stats.received == 1);
}

TEST_CASE("relp: a stop says goodbye when everything taken is acknowledged") {
  Bench bench;
  bench.say("2 syslog 1 a\n");
  bench.session->stop();
  CHECK(bench.heard() == "");
  bench.intake.settle(1, Fate::committed);
  CHECK(bench.heard() == "2 rsp 6 200 OK\n0 serverclose 0\n");
}

TEST_CASE("relp: a message over the limit is kept in part, counted and acknowledged: it would come again for ever") {
  Bench bench;
  bench.say("2 syslog 2000 " + std::string(2000, 'x') + "\n");
  bench.intake.settle(1, Fate::committed);
  CHECK(bench.heard() == "2 rsp 6 200 OK\n");
  CHECK(bench.input.stats.too_long == 1);
  CHECK(bench.input.stats.quarantined == 1);
}

TEST_CASE("relp: an empty message needs no disk") {
  Bench bench;
  bench.say("2 syslog 1 \n\n");
  CHECK(bench.heard() == "2 rsp 6 200 OK\n");
}

TEST_CASE("relp: what is no RELP is kept as evidence, and the connection ends") {
  Bench bench;
  bench.say("<14>CEF:0|a|b|c|d|e|f|\n");
  CHECK(bench.session->is_over());
  CHECK(bench.input.stats.protocol_errors == 1);
  CHECK(bench.input.stats.quarantined == 1);
}

TEST_CASE("relp: a message before open, and a command that there isn't, end the connection with 500") {
  Bench bench;
  auto fresh = ingest::make_relp_session(bench.input, bench.intake, "192.0.2.1");
  fresh->take("1 syslog 1 a\n", kNow);
  CHECK(fresh->output() == "1 rsp 20 500 open comes first\n");
  CHECK(fresh->is_over());
  bench.say("2 starttls 0\n");
  CHECK(bench.heard() == "2 rsp 28 500 command is not supported\n");
  CHECK(bench.input.stats.received == 0);
}

TEST_CASE("relp: no more is taken than may be unacknowledged") {
  Bench bench;
  for (std::size_t i = 0; i < ingest::kMostUnacknowledged; ++i) {
    REQUIRE(bench.session->may_take());
    bench.session->take("2 syslog 1 a\n", kNow);
  }
  CHECK_FALSE(bench.session->may_take());
  bench.session->out_of_bytes();
  bench.intake.settle(1, Fate::committed);
  bench.heard();
  CHECK(bench.session->may_take());
}

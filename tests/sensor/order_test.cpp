// Whatever the order in which facts arrive, however they are batched, and wherever the process ends in between, the
// same findings stand at the end.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "sensor/ingest/intake.h"
#include "sensor/pipeline.h"
#include "tests/support/temporary_directory.h"

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T12:00:00Z");

struct Fact {
  enum class Kind { line, alert, sign_in } kind;
  std::string text;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : source_(seed) {}
  int below(int limit) { return static_cast<int>(source_() % static_cast<unsigned>(limit)); }
  template <class Choice>
  const auto& of(const Choice& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<int>(choices.size())))];
  }
  std::mt19937& source() { return source_; }

 private:
  std::mt19937 source_;
};

std::string stamp(parsers::TimePoint time) { return parsers::format_rfc3339(time); }

Fact random_fact(Dice& dice, int number) {
  static const std::vector<std::string> kHosts{"login.lure.example", "www.lure.example", "portal.other.example",
                                               "next.page.example"};
  static const std::vector<std::string> kPaths{"/", "/a", "/a/b", "/a/b?q=1"};
  static const std::vector<std::string> kUsers{"bob@contoso.com", "eve@contoso.com", "amy@contoso.com",
                                               "dan@contoso.com"};
  static const std::vector<std::string> kAddresses{"203.0.113.7", "203.0.113.8", "198.51.100.9", "192.0.2.10"};
  static const std::vector<std::string> kClients{"10.0.0.1", "10.0.0.2", "10.0.0.3"};
  // Some fall together within seconds, as a lure and the page that it leads to do.
  const auto time = dice.below(3) ? kNow - std::chrono::seconds(dice.below(36 * 3600))
                                  : kNow - 3h * (1 + dice.below(4)) + std::chrono::seconds(dice.below(12));
  const std::string id = std::to_string(number);
  const std::string closed = dice.below(6) ? "" : R"("classification":"falsePositive",)";
  switch (dice.below(4)) {
    case 0:
      return {Fact::Kind::alert,
              R"({"id":"alert-)" + id + R"(",)" + closed +
                  R"("title":"A potentially malicious URL click was detected","createdDateTime":")" + stamp(time) +
                  R"(","evidence":[{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"https://)" +
                  kHosts[static_cast<std::size_t>(dice.below(3))] + dice.of(kPaths) + R"("}]})"};
    case 1: {
      const std::string session = dice.below(2) ? "s" + std::to_string(dice.below(3)) : "";
      return {Fact::Kind::sign_in,
              R"({"id":"sign-in-)" + id + R"(","createdDateTime":")" + stamp(time) + R"(","userPrincipalName":")" +
                  dice.of(kUsers) + R"(","ipAddress":")" + dice.of(kAddresses) + R"(","sessionId":")" + session +
                  R"(","riskLevelDuringSignIn":")" + (dice.below(3) ? "none" : "high") +
                  R"(","location":{"countryOrRegion":")" + (dice.below(2) ? "DE" : "NG") +
                  R"("},"deviceDetail":{"operatingSystem":"Windows10","browser":"Chrome 1"},"status":{"errorCode":)" +
                  (dice.below(6) ? "0" : "50126") + "}}"};
    }
    default:
      return {Fact::Kind::line,
              "CEF:0|Zscaler|NSSWeblog|5.7|x|x|3|act=" + std::string(dice.below(5) ? "Allowed" : "Blocked") +
                  " app=HTTPS dst=" + dice.of(kAddresses) + " src=" + dice.of(kClients) +
                  " request=" + dice.of(kHosts) + dice.of(kPaths) + (dice.below(4) ? " suser=" + dice.of(kUsers) : "") +
                  " rt=" + std::to_string(parsers::to_micros(time) / 1000)};
  }
}

class Box {
 public:
  Box() {
    config_.storage.directory = directory_.path();
    start();
  }
  // As after SIGKILL: what was committed is there, nothing else.
  void start() {
    pipeline_.reset();
    pipeline_ = std::make_unique<sensor::Pipeline>(config_, identity_);
  }
  void correlate() { pipeline_->correlate(kNow + seconds_++ * 1s); }

  void store(const std::vector<Fact>& facts) {
    ingest::Intake intake(identity_, [&](storage::Batch& batch) {
      pipeline_->store(batch, kNow);
      batch.clear();
      return true;
    });
    graph::FeedBatch feed;
    for (const Fact& fact : facts) {
      if (fact.kind == Fact::Kind::line) intake.take(input_, "192.0.2.1", fact.text, kNow);
      if (fact.kind == Fact::Kind::alert) feed.alerts.push_back(parsers::parse_alert_page(fact.text)->records.at(0));
      if (fact.kind == Fact::Kind::sign_in)
        feed.signins.push_back(parsers::parse_sign_in_page(fact.text)->records.at(0));
    }
    REQUIRE(intake.flush());
    pipeline_->store(feed);
  }

  // What stands, without what the order may change: revision, time, wording, and the numbers of events.
  std::map<std::string, std::string> standing() {
    std::map<std::string, std::string> found;
    for (const storage::FindingRow& row : pipeline_->state().latest_findings(10'000)) {
      json::object line = json::parse(row.json).as_object();
      if (line.at("confidence").to_number<double>() < 0.5) continue;
      std::string text = json::serialize(line.at("match"));
      for (const json::value& reason : line.at("reasons").as_array()) {
        text += json::serialize(reason.at("name")) + json::serialize(reason.at("weight"));
        if (reason.at("name") == "other-users") text += json::serialize(reason.at("detail"));
      }
      for (const char* kind : {"alerts", "events", "signins"}) {
        std::vector<std::string> rows;
        for (json::value& evidence : line.at("evidence").at(kind).as_array()) {
          if (kind == std::string("events")) evidence.as_object().erase("id");
          rows.push_back(json::serialize(evidence));
        }
        std::ranges::sort(rows);
        for (const std::string& evidence : rows) text += evidence;
      }
      found[row.id] = text;
    }
    return found;
  }

 private:
  support::TemporaryDirectory directory_;
  config::Config config_;
  parsers::IdentityMap identity_;
  ingest::Input input_{config::Listen{}};
  std::unique_ptr<sensor::Pipeline> pipeline_;
  int seconds_ = 0;
};

std::map<std::string, std::string> all_at_once(const std::vector<Fact>& facts) {
  Box box;
  box.store(facts);
  box.correlate();
  return box.standing();
}

std::map<std::string, std::string> in_pieces(std::vector<Fact> facts, Dice& dice) {
  std::ranges::shuffle(facts, dice.source());
  Box box;
  for (std::size_t at = 0; at < facts.size();) {
    const std::size_t count = std::min<std::size_t>(facts.size() - at, 1 + static_cast<std::size_t>(dice.below(4)));
    box.store(
        {facts.begin() + static_cast<std::ptrdiff_t>(at), facts.begin() + static_cast<std::ptrdiff_t>(at + count)});
    at += count;
    if (dice.below(4)) box.correlate();
    if (dice.below(12) == 0) box.start();
  }
  box.correlate();
  return box.standing();
}

}  // namespace

TEST_CASE("any order, any batches and any restarts end in the same findings") {
  std::size_t findings = 0;
  for (unsigned seed = 0; seed < 8; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    std::vector<Fact> facts;
    for (int number = 0; number < 60; ++number) facts.push_back(random_fact(dice, number));
    const auto expected = all_at_once(facts);
    findings += expected.size();
    for (int round = 0; round < 3; ++round) {
      CAPTURE(round);
      CHECK(in_pieces(facts, dice) == expected);
    }
  }
  CHECK(findings > 10);  // the dice are worth throwing
}

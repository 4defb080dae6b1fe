// Whatever the order in which facts arrive, the same findings stand at the end.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "sensor/correlate/engine.h"
#include "tests/support/facts_made.h"
#include "tests/support/memory_facts.h"

using namespace correlate;
using namespace std::chrono_literals;
using support::kNoon;

namespace {

using Fact = std::variant<parsers::Alert, Click, parsers::SignIn>;
using Outcome = std::map<std::string, std::string>;  // id -> digest

std::vector<Finding> tell(Engine& engine, const parsers::Alert& alert) { return engine.on_alert(alert); }
std::vector<Finding> tell(Engine& engine, const Click& click) { return engine.on_click(click); }
std::vector<Finding> tell(Engine& engine, const parsers::SignIn& sign_in) { return engine.on_sign_in(sign_in); }

Outcome feed(const std::vector<Fact>& facts) {
  support::MemoryFacts store;
  Engine engine({}, store);
  Outcome outcome;
  for (const Fact& fact : facts)
    std::visit(
        [&](const auto& value) {
          store.put(value);
          for (const Finding& finding : tell(engine, value)) outcome[finding.id] = finding.digest();
        },
        fact);
  return outcome;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : source_(seed) {}
  int below(int limit) { return static_cast<int>(source_() % static_cast<unsigned>(limit)); }
  parsers::TimePoint time() { return edge_ + std::chrono::minutes(below(60 * 60) - 30 * 60); }

 private:
  std::mt19937 source_;
  // Around the edge between two stretches, where an order of arrival could show most easily.
  parsers::TimePoint edge_ = stretch_span(stretch_of(kNoon)).to + 1us;
};

Fact random_fact(Dice& dice, int number) {
  static const std::vector<std::string> kHosts{"login.example.com", "portal.example.org"};
  static const std::vector<std::string> kPaths{"/", "/a", "/a/b", "/a/b?q=1"};
  static const std::vector<std::string> kUsers{"bob@contoso.com", "bob@fabrikam.com", "eve@contoso.com"};
  static const std::vector<std::string> kAddresses{"203.0.113.7", "203.0.113.8"};
  const std::string url = "https://" + kHosts[dice.below(2)] + kPaths[dice.below(4)];
  const auto time = dice.time();
  const std::string id = std::to_string(number);
  switch (dice.below(3)) {
    case 0:
      return support::make_alert("alert-" + id, time, url);
    case 1: {
      Click click = support::make_click(number + 1, time, url);
      click.event.user = kUsers[dice.below(3)];
      click.event.account = click.event.user.substr(0, 3);
      if (dice.below(4) == 0) click.event.user.clear();
      click.event.destination_address = kAddresses[dice.below(2)];
      click.event.outcome = static_cast<parsers::Outcome>(dice.below(4));
      return click;
    }
    default: {
      parsers::SignIn sign_in = support::make_sign_in("sign-in-" + id, time);
      sign_in.user_principal_name = kUsers[dice.below(3)];
      sign_in.address = kAddresses[dice.below(2)];
      sign_in.error_code = dice.below(5) == 0 ? 50126 : 0;
      return sign_in;
    }
  }
}

}  // namespace

TEST_CASE("arrival: all orders of two alerts, two clicks and two sign-ins end in the same findings") {
  std::vector<Fact> facts{
      support::make_alert("alert-1"),
      support::make_alert("alert-2", kNoon + 5h, "https://login.example.com/"),
      support::make_click(1),
      support::make_click(2, kNoon + 4h, "https://login.example.com/portal"),
      support::make_sign_in("sign-in-1"),
      support::make_sign_in("sign-in-2", kNoon + 9h),
  };
  const Outcome expected = feed(facts);
  REQUIRE(expected.size() == 1);
  std::vector<int> order{0, 1, 2, 3, 4, 5};
  do {
    std::vector<Fact> permuted;
    for (int index : order) permuted.push_back(facts[index]);
    REQUIRE(feed(permuted) == expected);
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("arrival: random facts in random orders, also told twice, end in the same findings") {
  std::size_t findings = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    std::vector<Fact> facts;
    for (int number = 0; number < 40; ++number) facts.push_back(random_fact(dice, number));
    const Outcome expected = feed(facts);
    findings += expected.size();
    std::mt19937 shuffler(seed);
    for (int round = 0; round < 5; ++round) {
      std::ranges::shuffle(facts, shuffler);
      REQUIRE(feed(facts) == expected);
    }
  }
  CHECK(findings > 100);  // the dice are worth throwing
}

TEST_CASE("arrival: a finding once made stays when facts are told again that are known already") {
  const std::vector<Fact> facts{support::make_alert(), support::make_click(), support::make_sign_in()};
  support::MemoryFacts store;
  Engine engine({}, store);
  for (const Fact& fact : facts) std::visit([&](const auto& value) { store.put(value); }, fact);
  std::vector<std::string> digests;
  for (int round = 0; round < 2; ++round)
    for (const Fact& fact : facts)
      for (const Finding& finding : std::visit([&](const auto& value) { return tell(engine, value); }, fact))
        digests.push_back(finding.digest());
  REQUIRE(digests.size() == 6);
  CHECK(std::ranges::count(digests, digests[0]) == 6);
}

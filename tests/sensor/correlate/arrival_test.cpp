// Whatever the order in which facts arrive, the same findings stand at the end.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
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

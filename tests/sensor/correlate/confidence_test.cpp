#include "sensor/correlate/confidence.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace correlate;
using namespace std::chrono_literals;

TEST_CASE("confidence: the strongest chain is certain and the weakest that counts is 0.60") {
  std::vector<Reason> reasons;
  for (const char* name : {"url-exact", "user-upn", "ip-same", "order-within-10-minutes", "outcome-allowed"})
    add_reason(reasons, name, "");
  CHECK(confidence_of(reasons) == 1.0);
  reasons.clear();
  for (const char* name : {"url-host", "user-account", "ip-same", "order-signin-first", "outcome-allowed"})
    add_reason(reasons, name, "");
  CHECK(confidence_of(reasons) == 0.6);
}

TEST_CASE("confidence: no name stands twice in the table and none of its edges outweighs another tier of itself") {
  std::set<std::string_view> names;
  for (const Weight& weight : weights()) CHECK(names.insert(weight.name).second);
  CHECK(weight_of("url-exact") > weight_of("url-no-query"));
  CHECK(weight_of("url-no-query") > weight_of("url-path-prefix"));
  CHECK(weight_of("url-path-prefix") > weight_of("url-host"));
  CHECK(weight_of("user-mapped") > weight_of("user-account"));
  CHECK(weight_of("no-such-reason") == 0);
}

TEST_CASE("confidence: every edge that the rule knows has a weight in the table") {
  std::set<std::string_view> used{"ip-same"};
  for (auto match :
       {parsers::UrlMatch::exact, parsers::UrlMatch::no_query, parsers::UrlMatch::path_prefix, parsers::UrlMatch::host})
    used.insert(url_reason(match));
  for (auto match : {parsers::UserMatch::upn, parsers::UserMatch::mapped, parsers::UserMatch::account})
    used.insert(user_reason(match));
  for (auto outcome : {parsers::Outcome::allowed, parsers::Outcome::warned, parsers::Outcome::unknown})
    used.insert(outcome_reason(outcome));
  for (auto delay : {-1us, 0us, 3'600'000'000us, 3'600'000'001us}) used.insert(order_reason(delay));
  std::set<std::string_view> known;
  for (const Weight& weight : weights()) known.insert(weight.name);
  CHECK(used == known);
}

TEST_CASE("confidence: the sum never leaves 0 to 1") {
  CHECK(confidence_of({{"a", 0.8, ""}, {"b", 0.7, ""}}) == 1.0);
  CHECK(confidence_of({{"a", -0.05, ""}}) == 0.0);
  CHECK(confidence_of({}) == 0.0);
  CHECK(confidence_of({{"a", 0.1, ""}, {"b", 0.2, ""}}) == 0.3);
}

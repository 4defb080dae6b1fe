#include "sensor/correlate/confidence.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace correlate;
using namespace std::chrono_literals;

TEST_CASE("confidence: the strongest chain is certain and the weakest tie is 0.47") {
  std::vector<Reason> reasons;
  for (const char* name : {"url-exact", "user-upn", "ip-same", "order-within-10-minutes", "outcome-allowed"})
    add_reason(reasons, name, "");
  CHECK(confidence_of(reasons) == 1.0);
  reasons.clear();
  for (const char* name : {"url-domain", "user-account", "ip-same", "order-signin-first", "outcome-warned"})
    add_reason(reasons, name, "");
  CHECK(confidence_of(reasons) == 0.47);
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
  std::set<std::string_view> used;
  for (auto match : {AddressMatch::same, AddressMatch::seen_serving, AddressMatch::prefix, AddressMatch::asn,
                     AddressMatch::different})
    used.insert(address_reason(match));
  for (auto match : {parsers::UrlMatch::exact, parsers::UrlMatch::no_query, parsers::UrlMatch::path_prefix,
                     parsers::UrlMatch::host, parsers::UrlMatch::domain})
    used.insert(url_reason(match));
  for (auto match :
       {parsers::UserMatch::upn, parsers::UserMatch::mapped, parsers::UserMatch::account, parsers::UserMatch::address})
    used.insert(user_reason(match));
  for (auto outcome : {parsers::Outcome::allowed, parsers::Outcome::warned, parsers::Outcome::unknown})
    used.insert(outcome_reason(outcome));
  for (auto delay : {-1us, 0us, 3'600'000'000us, 3'600'000'001us}) used.insert(order_reason(delay));
  std::set<std::string_view> known;
  for (const Weight& weight : weights()) known.insert(weight.name);
  CHECK(std::ranges::includes(known, used));
}

TEST_CASE("confidence: the sum never leaves 0 to 1") {
  CHECK(confidence_of({{"a", 0.8, ""}, {"b", 0.7, ""}}) == 1.0);
  CHECK(confidence_of({{"a", -0.05, ""}}) == 0.0);
  CHECK(confidence_of({}) == 0.0);
  CHECK(confidence_of({{"a", 0.1, ""}, {"b", 0.2, ""}}) == 0.3);
}

TEST_CASE("confidence: without a tie of addresses no single sign but a grave one makes a finding of the best chain") {
  const int best = weight_of("url-exact") + weight_of("user-upn") + weight_of("order-within-10-minutes");
  const std::set<std::string_view> grave{"risk-high", "scripted-agent"};
  for (const char* sign :
       {"risk-high", "risk-medium", "risk-low", "scripted-agent", "new-country", "session-two-networks",
        "device-missing", "new-client", "no-device", "new-asn", "new-device", "new-address"}) {
    CAPTURE(sign);
    CHECK(weight_of(sign) > 0);
    CHECK((best + weight_of("ip-different") + weight_of(sign) >= 50) == grave.contains(sign));
  }
}

TEST_CASE("confidence: an ordinary change of place is no finding") {
  // A phone on a mobile network, of a user whose laptop is managed; and a session that roams to another provider.
  const int best =
      weight_of("url-exact") + weight_of("user-upn") + weight_of("order-within-10-minutes") + weight_of("ip-different");
  CHECK(best + weight_of("new-address") + weight_of("new-asn") + weight_of("new-client") + weight_of("device-missing") <
        50);
  CHECK(best + weight_of("new-address") + weight_of("new-asn") + weight_of("no-device") +
            weight_of("session-two-networks") <
        50);
}

TEST_CASE("confidence: signs together count no more than their limit, and still add up") {
  std::vector<Reason> signs, reasons;
  for (const char* name : {"risk-high", "scripted-agent", "new-country", "new-client"}) add_reason(signs, name, "");
  add_signs(reasons, signs);
  REQUIRE(reasons.size() == 4);
  CHECK(confidence_of(reasons) == kMostForSigns / 100.0);
  CHECK(reasons[2].weight == 0.1);
  CHECK(reasons[3].weight == 0.0);
}

TEST_CASE("confidence: a refutation leaves nothing") {
  std::vector<Reason> reasons;
  for (const char* name : {"url-exact", "user-upn", "ip-same"}) add_reason(reasons, name, "");
  add_refutation(reasons, "usual-address", "");
  CHECK(confidence_of(reasons) == 0.0);
  CHECK(reasons.back().weight == -0.85);
}

TEST_CASE("confidence: severity follows the confidence") {
  CHECK(std::string(grade_of(1.0).severity) == "High");
  CHECK(std::string(grade_of(0.8).severity) == "High");
  CHECK(std::string(grade_of(0.79).severity) == "Medium");
  CHECK(std::string(grade_of(0.64).severity) == "Low");
  CHECK(std::string(grade_of(0.49).severity) == "Informational");
}

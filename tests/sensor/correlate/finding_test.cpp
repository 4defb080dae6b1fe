#include "sensor/correlate/finding.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/facts_made.h"

using namespace correlate;

namespace {

Finding with_clicks(int count) {
  Finding finding;
  finding.id = "0123456789abcdef0123456789abcdef";
  finding.reasons = {{"url-exact", 0.35, "detail"}};
  finding.alerts = {support::make_alert()};
  finding.sign_ins = {support::make_sign_in()};
  for (int id = 1; id <= count; ++id) finding.clicks.push_back(support::make_click(id));
  return finding;
}

}  // namespace

TEST_CASE("finding: the id is the same on every machine and in every version") {
  CHECK(finding_id({"bob@contoso.com", "login.example.com", "203.0.113.7", 684}) == "08c3986d71964e7345c77679c7204c87");
}

TEST_CASE("finding: whatever it is about changes the id") {
  const FindingKey key{"bob@contoso.com", "login.example.com", "203.0.113.7", 684};
  std::set<std::string> ids{finding_id(key)};
  for (auto change :
       {+[](FindingKey& k) { k.user = "eve@contoso.com"; }, +[](FindingKey& k) { k.host = "example.com"; },
        +[](FindingKey& k) { k.address = "203.0.113.8"; }, +[](FindingKey& k) { k.stretch = 685; }}) {
    FindingKey other = key;
    change(other);
    CHECK(ids.insert(finding_id(other)).second);
  }
}

TEST_CASE("finding: another fact or another reason is news, and the wording of a reason is not") {
  const Finding finding = with_clicks(1);
  const std::string digest = finding.digest();
  CHECK(with_clicks(1).digest() == digest);
  CHECK(with_clicks(2).digest() != digest);
  Finding other = finding;
  other.reasons[0].detail = "other words";
  CHECK(other.digest() == digest);
  other.reasons[0].name = "url-host";
  CHECK(other.digest() != digest);
  other = finding;
  other.sign_ins[0].id = "sign-in-2";
  CHECK(other.digest() != digest);
  other = finding;
  other.alerts.push_back(support::make_alert("alert-2"));
  CHECK(other.digest() != digest);
  other = finding;
  other.test = true;
  CHECK(other.digest() != digest);
}

TEST_CASE("finding: past what is told only a doubling of the clicks is news") {
  CHECK(with_clicks(19).digest() != with_clicks(20).digest());
  CHECK(with_clicks(20).digest() != with_clicks(21).digest());
  CHECK(with_clicks(21).digest() == with_clicks(31).digest());
  CHECK(with_clicks(31).digest() != with_clicks(32).digest());
  CHECK(with_clicks(32).digest() == with_clicks(63).digest());
  CHECK(with_clicks(63).digest() != with_clicks(64).digest());
}

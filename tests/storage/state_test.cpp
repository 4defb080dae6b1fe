#include "storage/state.h"

#include <doctest/doctest.h>

#include "storage/migrations.h"
#include "storage/sqlite.h"
#include "tests/storage/batches.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using support::TemporaryDirectory;
using test::at_second;
using Mode = State::Mode;

namespace {

constexpr auto kEver = std::pair(parsers::TimePoint::min(), parsers::TimePoint::max());

parsers::Alert alert_of(const std::string& id, const std::string& title, const std::string& created) {
  const std::string json = R"({"id":")" + id + R"(","title":")" + title + R"(","createdDateTime":")" + created +
                           R"(","severity":"high","evidence":[]})";
  auto page = parsers::parse_alert_page(json);
  REQUIRE(page.has_value());
  REQUIRE(page->records.size() == 1);
  return page->records[0];
}

parsers::SignIn sign_in_of(const std::string& id, const std::string& upn, const std::string& created, int error = 0) {
  const std::string json = R"({"id":")" + id + R"(","createdDateTime":")" + created + R"(","userPrincipalName":")" +
                           upn + R"(","ipAddress":"203.0.113.7","userAgent":"curl/8","status":{"errorCode":)" +
                           std::to_string(error) + "}}";
  auto page = parsers::parse_sign_in_page(json);
  REQUIRE(page.has_value());
  REQUIRE(page->records.size() == 1);
  return page->records[0];
}

template <class Records>
std::vector<std::string> ids_of(const Records& records) {
  std::vector<std::string> ids;
  for (const auto& record : records) ids.push_back(record.id);
  return ids;
}

using Ids = std::vector<std::string>;

Ids lines_of(State& state, const char* format) {
  Ids lines;
  for (const auto& line : state.outbox(format, 99)) lines.push_back(line.line);
  return lines;
}

}  // namespace

TEST_CASE("state: an alert comes back whole and the same one again changes nothing") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  const auto alert = alert_of("a1", "Phish", "2026-11-24T07:00:00Z");
  CHECK(state.put_alert(alert, {11, 12, 11, 0}));
  CHECK_FALSE(state.put_alert(alert, {12, 11}));
  const auto stored = state.alerts_after(0, 10);
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].alert.id == "a1");
  CHECK(stored[0].alert.title == "Phish");
  CHECK(stored[0].alert.severity == alert.severity);
  CHECK(stored[0].alert.created == alert.created);
  CHECK(stored[0].alert.raw == alert.raw);
  CHECK(state.watched_hosts() == std::vector<std::uint64_t>{11, 12});
}

TEST_CASE("state: a changed alert gets a new number and exactly its new hosts") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  state.put_alert(alert_of("a1", "Phish", "2026-11-24T07:00:00Z"), {11, 12});
  state.put_alert(alert_of("a2", "Phish", "2026-11-24T06:00:00Z"), {12});
  CHECK(state.put_alert(alert_of("a1", "Phish, resolved", "2026-11-24T07:00:00Z"), {12}));
  const auto changed = state.alerts_after(2, 10);
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].sequence == 3);
  CHECK(changed[0].alert.title == "Phish, resolved");
  CHECK(state.watched_hosts() == std::vector<std::uint64_t>{12});
  CHECK(ids_of(state.alerts_on_host(12)) == Ids{"a2", "a1"});
  CHECK(state.alerts_on_host(11).empty());
  CHECK(state.put_alert(alert_of("a1", "Phish, resolved", "2026-11-24T07:00:00Z"), {13}));
  CHECK(state.watched_hosts() == std::vector<std::uint64_t>{12, 13});
  CHECK(state.alerts_after(0, 1)[0].alert.id == "a2");
}

TEST_CASE("state: host keys with the highest bit set are kept and found") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  const std::uint64_t high = 0xffff'ffff'ffff'fff0ull;
  const auto alert = alert_of("a1", "Phish", "2026-11-24T07:00:00Z");
  state.put_alert(alert, {high, 5});
  CHECK(state.alerts_on_host(high).size() == 1);
  CHECK_FALSE(state.put_alert(alert, {5, high}));
}

TEST_CASE("state: sequence numbers are not used again after deletes and a new start") {
  TemporaryDirectory directory;
  {
    State state(directory / "state.db", Mode::read_write);
    state.put_alert(alert_of("a1", "Phish", "2026-11-24T07:00:00Z"), {});
    state.put_sign_in(sign_in_of("s1", "bob@contoso.com", "2026-11-24T07:00:00Z"));
    state.forget_before(parsers::TimePoint::max());
    CHECK(state.counts().alerts == 0);
  }
  State state(directory / "state.db", Mode::read_write);
  state.put_alert(alert_of("a2", "Phish", "2026-11-24T07:00:00Z"), {});
  state.put_sign_in(sign_in_of("s2", "bob@contoso.com", "2026-11-24T07:00:00Z"));
  CHECK(state.alerts_after(0, 9).at(0).sequence == 2);
  CHECK(state.sign_ins_after(0, 9).at(0).sequence == 2);
}

TEST_CASE("state: sign-ins are found by user and by account, within a closed interval of time") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  CHECK(state.put_sign_in(sign_in_of("s3", "bob@contoso.com", "2026-11-24T09:00:00Z")));
  CHECK(state.put_sign_in(sign_in_of("s2", "bob@contoso.com", "2026-11-24T08:00:00Z", 50126)));
  CHECK(state.put_sign_in(sign_in_of("s1", "bob@contoso.com", "2026-11-24T08:00:00Z")));
  CHECK(state.put_sign_in(sign_in_of("s4", "bob@example.com", "2026-11-24T08:30:00Z")));
  CHECK_FALSE(state.put_sign_in(sign_in_of("s4", "bob@example.com", "2026-11-24T08:30:00Z")));
  const auto eight = parsers::parse_rfc3339("2026-11-24T08:00:00Z").value();
  const auto nine = parsers::parse_rfc3339("2026-11-24T09:00:00Z").value();
  CHECK(ids_of(state.sign_ins_of_user("bob@contoso.com", eight, nine)) == Ids{"s1", "s2", "s3"});
  CHECK(ids_of(state.sign_ins_of_user("bob@contoso.com", eight + parsers::Duration(1), nine)) == Ids{"s3"});
  CHECK(ids_of(state.sign_ins_of_user("bob@contoso.com", eight, nine - parsers::Duration(1))) == Ids{"s1", "s2"});
  CHECK(ids_of(state.sign_ins_of_account("bob", eight, nine)) == Ids{"s1", "s2", "s4", "s3"});
  CHECK(state.sign_ins_of_user("bob", eight, nine).empty());
  CHECK(state.sign_ins_of_user("bob@contoso.com", eight, nine)[1].error_code == 50126);
  CHECK(state.sign_ins_of_user("bob@contoso.com", eight, nine)[0].user_agent == "curl/8");
  CHECK(state.sign_ins_after(1, 2).size() == 2);
}

TEST_CASE("state: a record whose JSON can't be read again comes back with its searchable fields") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  parsers::SignIn sign_in;
  sign_in.id = "s1";
  sign_in.created = at_second(5);
  sign_in.user_principal_name = "bob@contoso.com";
  sign_in.address = "192.0.2.7";
  sign_in.error_code = 0;
  parsers::Alert alert;
  alert.id = "a1";
  alert.title = "Phish";
  alert.created = at_second(6);
  CHECK(state.put_sign_in(sign_in));
  CHECK(state.put_alert(alert, {7}));
  CHECK_FALSE(state.put_sign_in(sign_in));
  CHECK_FALSE(state.put_alert(alert, {7}));
  const auto stored = state.sign_ins_after(0, 1).at(0).sign_in;
  CHECK(stored.user_principal_name == "bob@contoso.com");
  CHECK(stored.address == "192.0.2.7");
  CHECK(stored.error_code == 0);
  CHECK(stored.created == at_second(5));
  CHECK(state.alerts_on_host(7).at(0).title == "Phish");
  sign_in.error_code = 50126;
  CHECK(state.put_sign_in(sign_in));
}

TEST_CASE("state: clicks are found by user or by bare account, and twice is once") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  state.put_click({5, 70, at_second(5), "bob@contoso.com", "bob"});
  state.put_click({5, 70, at_second(5), "bob@contoso.com", "bob"});
  state.put_click({4, 70, at_second(5), "", "bob"});
  state.put_click({6, 70, at_second(4), "bob@example.com", "bob"});
  state.put_click({7, 70, at_second(3), "", "alice"});
  CHECK(state.counts().clicks == 4);
  const auto clicks = state.clicks_of_user("bob@contoso.com", at_second(5), at_second(5));
  REQUIRE(clicks.size() == 2);
  CHECK(clicks[0].event == 4);
  CHECK(clicks[1].event == 5);
  CHECK(clicks[1].host_key == 70);
  CHECK(clicks[1].time == at_second(5));
  CHECK(clicks[1].user == "bob@contoso.com");
  CHECK(clicks[1].account == "bob");
  CHECK(state.clicks_of_user("bob@contoso.com", at_second(6), at_second(9)).empty());
}

TEST_CASE("state: findings leave the outbox of each format one by one, in the order they were put") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  state.put_finding({"f2", 1, at_second(1), "d1", "{2.1}"}, {{0, "json", "{2.1}"}, {0, "cef", "CEF 2.1"}});
  state.put_finding({"f1", 1, at_second(2), "d1", "{1.1}"}, {{0, "json", "{1.1}"}, {0, "cef", "CEF 1.1"}});
  state.put_finding({"f2", 2, at_second(3), "d2", "{2.2}"}, {{0, "json", "{2.2}"}, {0, "cef", "CEF 2.2"}});
  CHECK_THROWS_AS(state.put_finding({"f2", 2, at_second(4), "d3", "{}"}, {{0, "json", "{}"}}), SqliteError);
  CHECK(lines_of(state, "json") == Ids{"{2.1}", "{1.1}", "{2.2}"});
  state.mark_written(state.outbox("json", 1).at(0).sequence);
  CHECK(lines_of(state, "json") == Ids{"{1.1}", "{2.2}"});
  CHECK(lines_of(state, "cef") == Ids{"CEF 2.1", "CEF 1.1", "CEF 2.2"});
  CHECK(state.outbox("cef", 2).size() == 2);
  state.drop_outboxes_except({"json", "ocsf"});
  CHECK(lines_of(state, "json") == Ids{"{1.1}", "{2.2}"});
  CHECK(lines_of(state, "cef").empty());
  CHECK(state.latest_finding("f2")->revision == 2);
  CHECK(state.latest_finding("f2")->digest == "d2");
  CHECK(state.latest_finding("f2")->json == "{2.2}");
  CHECK_FALSE(state.latest_finding("f3"));
  CHECK(ids_of(state.latest_findings(9)) == Ids{"f2", "f1"});
  CHECK(state.latest_findings(1).at(0).time == at_second(3));
  CHECK(state.counts().findings == 2);
}

TEST_CASE("state: a suppressed finding is kept once, beside the findings, until it is dropped") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  state.put_suppressed({{"f1", 1, at_second(1), "d1", "{1.1}"}, "[1]"});
  state.put_suppressed({{"f2", 1, at_second(2), "d1", "{2.1}"}, "[2]"});
  state.put_suppressed({{"f1", 1, at_second(3), "d2", "{1.2}"}, "[3]"});
  CHECK(state.counts().suppressed == 2);
  CHECK(state.counts().findings == 0);
  REQUIRE(state.suppressed(9).size() == 2);
  CHECK(state.suppressed(9).at(0).finding.json == "{1.2}");
  CHECK(state.suppressed(1).size() == 1);
  CHECK(ids_of(state.suppressed_rules()) == Ids{"f1", "f2"});
  CHECK(state.suppressed_rules().at(1).rules == "[2]");
  CHECK(state.suppressed("f1")->rules == "[3]");
  CHECK(state.suppressed("f1")->finding.digest == "d2");
  CHECK(state.drop_suppressed("f1"));
  state.forget_before(at_second(2));
  CHECK(state.suppressed("f2"));
  state.forget_before(at_second(2) + parsers::Duration(1));
  CHECK_FALSE(state.suppressed("f2"));
  CHECK_FALSE(state.drop_suppressed("f1"));
  CHECK_FALSE(state.suppressed("f1"));
  CHECK(state.counts().suppressed == 0);
}

TEST_CASE("state: what an older version had not written yet is in the outbox of the JSON file") {
  TemporaryDirectory directory;
  {
    Connection old(directory / "state.db", Connection::Mode::read_write);
    old.execute(std::string(kStateSchema[0]).c_str());
    old.execute("PRAGMA user_version = 1");
    old.execute(
        "INSERT INTO findings(id, revision, time, digest, json, written) VALUES ('f1', 1, 1, 'd', '{1.1}', 1),"
        "('f3', 1, 2, 'd', '{3.1}', 0), ('f1', 2, 3, 'd', '{1.2}', 0)");
  }
  State state(directory / "state.db", Mode::read_write);
  CHECK(lines_of(state, "json") == Ids{"{3.1}", "{1.2}"});
  CHECK(state.latest_finding("f1")->revision == 2);
}

TEST_CASE("state: only what is older is forgotten, and findings stay") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  state.put_alert(alert_of("a1", "Phish", "2026-11-24T07:00:00Z"), {1});
  state.put_alert(alert_of("a2", "Phish", "2026-11-24T08:00:00Z"), {2});
  state.put_sign_in(sign_in_of("s1", "bob@contoso.com", "2026-11-24T07:00:00Z"));
  state.put_sign_in(sign_in_of("s2", "bob@contoso.com", "2026-11-24T08:00:00Z"));
  const auto eight = parsers::parse_rfc3339("2026-11-24T08:00:00Z").value();
  state.put_click({1, 1, eight - parsers::Duration(1), "bob@contoso.com", "bob"});
  state.put_click({2, 1, eight, "bob@contoso.com", "bob"});
  state.put_finding({"f1", 1, at_second(1), "d", "{}"});
  state.forget_before(eight);
  CHECK(state.watched_hosts() == std::vector<std::uint64_t>{2});
  CHECK(ids_of(state.sign_ins_of_user("bob@contoso.com", kEver.first, kEver.second)) == Ids{"s2"});
  CHECK(state.clicks_of_user("bob@contoso.com", kEver.first, kEver.second).at(0).event == 2);
  CHECK(state.counts().alerts == 1);
  CHECK(state.counts().findings == 1);
}

TEST_CASE("state: a transaction that is not committed leaves nothing behind, one that is survives") {
  TemporaryDirectory directory;
  {
    State state(directory / "state.db", Mode::read_write);
    {
      State::Transaction transaction(state);
      state.put_alert(alert_of("a1", "Phish", "2026-11-24T07:00:00Z"), {1});
      state.set_cursor("events", "7");
    }
    CHECK(state.counts().alerts == 0);
    CHECK_FALSE(state.cursor("events"));
    State::Transaction transaction(state);
    state.put_alert(alert_of("a1", "Phish", "2026-11-24T07:00:00Z"), {1});
    state.set_cursor("events", "8");
    state.set_cursor("events", "9");
    transaction.commit();
  }
  State state(directory / "state.db", Mode::read_only);
  CHECK(state.counts().alerts == 1);
  CHECK(state.cursor("events") == "9");
}

TEST_CASE("state: a reader beside the writer sees what is committed and can't write") {
  TemporaryDirectory directory;
  State state(directory / "state.db", Mode::read_write);
  State reader(directory / "state.db", Mode::read_only);
  state.set_cursor("events", "8");
  CHECK(reader.cursor("events") == "8");
  CHECK_THROWS_AS(reader.set_cursor("events", "9"), SqliteError);
}

TEST_CASE("state: reading a file that is not there is an error with its name") {
  TemporaryDirectory directory;
  std::string sentence;
  try {
    State state(directory / "state.db", Mode::read_only);
  } catch (const SqliteError& error) {
    sentence = error.what();
  }
  CHECK(sentence == "Cannot open " + (directory / "state.db") + ": unable to open database file.");
}

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sensor/graph/feed.h"
#include "tests/sensor/graph/feed_text.h"

using graph::AlertFeed;
using graph::FeedStep;
using graph::PageState;
using graph_test::at;
using graph_test::decoded;
using graph_test::holds;
using parsers::TimePoint;

namespace {

const TimePoint kNow = at("2026-08-20T10:00:00Z");
constexpr std::size_t kPageSize = 3;

AlertFeed feed(std::string_view cursor = "2026-08-20T09:00:00Z") {
  graph::FeedSettings settings{true, std::chrono::minutes(1), std::chrono::minutes(30), std::chrono::hours(24 * 7),
                               false};
  return {settings, kPageSize, *graph::parse_origin("https://graph.example.com"), cursor};
}

struct Row {
  const char *id, *updated;
};

parsers::Page<parsers::Alert> page(const std::vector<Row>& rows, std::string next_link = "") {
  parsers::Page<parsers::Alert> out;
  for (const Row& row : rows) {
    parsers::Alert alert;
    alert.id = row.id;
    alert.last_update = alert.created = at(row.updated);
    out.records.push_back(alert);
  }
  out.next_link = std::move(next_link);
  return out;
}

std::string ids(const FeedStep& step) {
  std::string out;
  for (const auto& alert : step.batch.alerts) out += alert.id + " ";
  return out;
}

}  // namespace

TEST_CASE("alerts: the first poll reaches back over the backfill, later ones over the overlap") {
  auto fresh = feed("");
  CHECK(decoded(fresh.next(kNow).target) ==
        "/v1.0/security/alerts_v2?$filter=lastUpdateDateTime ge 2026-08-13T10:00:00.000000Z"
        "&$orderby=lastUpdateDateTime asc&$top=3");
  auto resumed = feed();
  CHECK(holds(decoded(resumed.next(kNow).target), "ge 2026-08-20T08:30:00.000000Z"));
}

TEST_CASE("alerts: a cursor that can't be read or lies in the future doesn't end polling") {
  CHECK(holds(decoded(feed("nonsense").next(kNow).target), "ge 2026-08-13T10:00:00"));
  CHECK(holds(decoded(feed("9999-01-01T00:00:00Z").next(kNow).target), "ge 2026-08-20T09:30:00"));
}

TEST_CASE("alerts: the cursor is the newest stamp seen and follows the pages while they come in order of time") {
  auto alerts = feed();
  alerts.next(kNow);
  auto step = alerts.take(
      page({{"a", "2026-08-20T09:01:00Z"}, {"b", "2026-08-20T09:02:00Z"}, {"c", "2026-08-20T09:03:00.1234567Z"}}),
      PageState::whole, kNow);
  CHECK(ids(step) == "a b c ");
  CHECK(step.batch.cursor == "2026-08-20T09:03:00.123456Z");
  CHECK_FALSE(step.poll_complete);
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T09:03:00.123456Z&"));

  step =
      alerts.take(page({{"c", "2026-08-20T09:03:00.1234567Z"}, {"d", "2026-08-20T09:04:00Z"}}), PageState::whole, kNow);
  CHECK(ids(step) == "d ");
  CHECK(step.batch.cursor == "2026-08-20T09:04:00.000000Z");
  CHECK(step.poll_complete);
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T08:34:00.000000Z"));
}

TEST_CASE("alerts: an empty poll leaves the cursor where it is, whatever the clock says") {
  auto alerts = feed();
  alerts.next(kNow);
  CHECK(alerts.take(page({}), PageState::whole, kNow).batch.cursor == "2026-08-20T09:00:00.000000Z");
  auto fresh = feed("");
  fresh.next(kNow);
  const auto step = fresh.take(page({}), PageState::whole, kNow);
  CHECK(step.batch.cursor.empty());
  CHECK(step.poll_complete);
}

TEST_CASE("alerts: rows that are repeated in the overlap don't move the cursor back") {
  auto alerts = feed();
  alerts.next(kNow);
  const auto step = alerts.take(page({{"a", "2026-08-20T08:45:00Z"}}), PageState::whole, kNow);
  CHECK(ids(step) == "a ");
  CHECK(step.batch.cursor == "2026-08-20T09:00:00.000000Z");
}

TEST_CASE("alerts: a stamp in the future moves the cursor to the present at most") {
  auto alerts = feed();
  alerts.next(kNow);
  const auto step = alerts.take(page({{"a", "9999-12-31T00:00:00Z"}}), PageState::whole, kNow);
  CHECK(step.batch.cursor == "2026-08-20T10:00:00.000000Z");
}

TEST_CASE("alerts: a record that changed within the poll is given again, an unchanged one isn't") {
  auto alerts = feed();
  alerts.next(kNow);
  alerts.take(page({{"a", "2026-08-20T09:01:00Z"}, {"b", "2026-08-20T09:02:00Z"}, {"c", "2026-08-20T09:02:00Z"}}),
              PageState::whole, kNow);
  const auto step =
      alerts.take(page({{"b", "2026-08-20T09:02:00Z"}, {"a", "2026-08-20T09:05:00Z"}}), PageState::whole, kNow);
  CHECK(ids(step) == "a ");
}

TEST_CASE("alerts: a full page of one stamp is continued with $skip, then stepped over with a warning") {
  auto alerts = feed();
  alerts.next(kNow);
  const auto tie = page({{"a", "2026-08-20T09:01:00Z"}, {"b", "2026-08-20T09:01:00Z"}, {"c", "2026-08-20T09:01:00Z"}});
  alerts.take(tie, PageState::whole, kNow);
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T09:01:00.000000Z&"));
  CHECK_FALSE(holds(alerts.next(kNow).target, "$skip"));
  alerts.take(tie, PageState::whole, kNow);
  CHECK(holds(alerts.next(kNow).target, "$skip=3"));
  std::vector<std::string> warnings;
  for (int i = 0; i < 500 && warnings.empty(); ++i) warnings = alerts.take(tie, PageState::whole, kNow).warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(holds(warnings[0], "2026-08-20T09:01:00.000000Z"));
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T09:01:00.000001Z&"));
  CHECK_FALSE(holds(alerts.next(kNow).target, "$skip"));
}

TEST_CASE("alerts: $skip ends as soon as a newer stamp is seen, and never exceeds 500") {
  auto alerts = feed();
  alerts.next(kNow);
  const auto tie = page({{"a", "2026-08-20T09:01:00Z"}, {"b", "2026-08-20T09:01:00Z"}, {"c", "2026-08-20T09:01:00Z"}});
  for (int i = 0; i < 168; ++i) alerts.take(tie, PageState::whole, kNow);
  CHECK(holds(alerts.next(kNow).target, "$skip=500"));
  alerts.take(page({{"x", "2026-08-20T09:01:00Z"}, {"y", "2026-08-20T09:01:00Z"}, {"z", "2026-08-20T09:06:00Z"}}),
              PageState::whole, kNow);
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T09:06:00.000000Z"));
  CHECK_FALSE(holds(alerts.next(kNow).target, "$skip"));
}

TEST_CASE("alerts: a server that sorts newest first is read down to the lower bound") {
  auto alerts = feed();
  alerts.next(kNow);
  alerts.take(
      page({{"c", "2026-08-20T09:30:00.5Z"}, {"b", "2026-08-20T09:20:00Z"}, {"a", "2026-08-20T09:10:00.1234567Z"}}),
      PageState::whole, kNow);
  CHECK(
      holds(decoded(alerts.next(kNow).target),
            "lastUpdateDateTime ge 2026-08-20T08:30:00.000000Z and lastUpdateDateTime le 2026-08-20T09:10:00.123457Z"));
  const auto step = alerts.take(page({{"z", "2026-08-20T09:05:00Z"}}), PageState::whole, kNow);
  CHECK(step.poll_complete);
  CHECK(step.batch.cursor == "2026-08-20T09:30:00.500000Z");
}

TEST_CASE("alerts: a server that refuses to sort is asked again without") {
  auto alerts = feed();
  alerts.next(kNow);
  const auto step = alerts.refused(400, kNow);
  REQUIRE(step);
  CHECK(step->error.empty());
  CHECK(step->warnings.size() == 1);
  CHECK_FALSE(holds(alerts.next(kNow).target, "orderby"));
  CHECK_FALSE(alerts.refused(400, kNow));
  CHECK_FALSE(alerts.refused(403, kNow));
}

TEST_CASE("alerts: a nextLink is followed also when the page is short") {
  auto alerts = feed();
  alerts.next(kNow);
  alerts.take(page({}, "https://graph.example.com/v1.0/security/alerts_v2?$skiptoken=1"), PageState::whole, kNow);
  CHECK(alerts.next(kNow).target == "/v1.0/security/alerts_v2?$skiptoken=1");
  CHECK(alerts.take(page({{"a", "2026-08-20T09:01:00Z"}}), PageState::whole, kNow).poll_complete);
}

TEST_CASE("alerts: a foreign nextLink ends the poll with an error that names it, without moving the cursor") {
  auto alerts = feed();
  alerts.next(kNow);
  auto step = alerts.take(page({{"a", "2026-08-20T09:01:00Z"}}, "https://evil.example/x"), PageState::whole, kNow);
  CHECK(ids(step) == "a ");
  CHECK(holds(step.error, "https://evil.example/x"));
  CHECK(step.batch.cursor.empty());
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T08:30:00.000000Z"));
}

TEST_CASE("alerts: a nextLink that leads in a circle ends the poll") {
  auto alerts = feed();
  const std::string one = "https://graph.example.com/1", two = "https://graph.example.com/2";
  alerts.next(kNow);
  CHECK(alerts.take(page({}, one), PageState::whole, kNow).error.empty());
  CHECK(alerts.take(page({}, two), PageState::whole, kNow).error.empty());
  CHECK(holds(alerts.take(page({}, one), PageState::whole, kNow).error, "circle"));
}

TEST_CASE("alerts: half a page gives its whole records and is asked for again") {
  auto alerts = feed();
  const auto target = alerts.next(kNow).target;
  auto step = alerts.take(page({{"a", "2026-08-20T09:01:00Z"}}), PageState::cut, kNow);
  CHECK(ids(step) == "a ");
  CHECK_FALSE(step.error.empty());
  CHECK(step.batch.cursor.empty());
  CHECK(alerts.next(kNow).target == target);
  step = alerts.take(page({{"a", "2026-08-20T09:01:00Z"}, {"b", "2026-08-20T09:02:00Z"}}), PageState::whole, kNow);
  CHECK(ids(step) == "b ");
  CHECK(step.batch.cursor == "2026-08-20T09:02:00.000000Z");

  auto damaged = page({{"c", "2026-08-20T09:03:00Z"}});
  damaged.truncated = true;
  alerts.next(kNow);
  step = alerts.take(std::move(damaged), PageState::whole, kNow);
  CHECK_FALSE(step.error.empty());
  CHECK_FALSE(step.poll_complete);
}

TEST_CASE("alerts: a partial answer is taken but doesn't move the cursor") {
  auto alerts = feed();
  alerts.next(kNow);
  const auto step = alerts.take(page({{"a", "2026-08-20T09:01:00Z"}}), PageState::partial, kNow);
  CHECK(ids(step) == "a ");
  CHECK(step.poll_complete);
  CHECK(step.batch.cursor.empty());
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T08:30:00.000000Z"));
}

TEST_CASE("alerts: a server that ignores the filter is an error, not an endless poll") {
  auto alerts = feed();
  alerts.next(kNow);
  const auto step =
      alerts.take(page({{"a", "2020-01-01T00:00:00Z"}, {"b", "2020-01-01T00:00:00Z"}, {"c", "2020-01-01T00:00:00Z"}}),
                  PageState::whole, kNow);
  CHECK(holds(step.error, "filter"));
  CHECK_FALSE(step.poll_complete);
}

TEST_CASE("alerts: a full page without one readable record is an error") {
  auto alerts = feed();
  alerts.next(kNow);
  parsers::Page<parsers::Alert> unreadable;
  unreadable.rejected.resize(kPageSize);
  const auto step = alerts.take(std::move(unreadable), PageState::whole, kNow);
  CHECK_FALSE(step.error.empty());
  CHECK(step.rejected == kPageSize);
}

TEST_CASE("alerts: text that is no page is an error and the same request is sent again") {
  auto alerts = feed();
  const auto target = alerts.next(kNow).target;
  CHECK_FALSE(alerts.take(std::string_view("<html>"), PageState::whole, kNow).error.empty());
  CHECK(alerts.next(kNow).target == target);
}

TEST_CASE("alerts: a page that Graph keeps failing at is asked for in smaller pieces until the poll succeeds") {
  graph::FeedSettings settings;
  AlertFeed alerts(settings, 1000, *graph::parse_origin("https://graph.example.com"), "2026-08-20T09:00:00Z");
  alerts.next(kNow);
  alerts.narrow();
  CHECK(holds(alerts.next(kNow).target, "$top=500"));
  for (int i = 0; i < 20; ++i) alerts.narrow();
  CHECK(holds(alerts.next(kNow).target, "$top=25"));
  alerts.take(page({}), PageState::whole, kNow);
  CHECK(holds(alerts.next(kNow).target, "$top=1000"));
}

TEST_CASE("alerts: what is read again leaves the cursor alone, and the next poll goes on from it") {
  auto alerts = feed();
  alerts.read_again(at("2026-08-19T10:00:00Z"), at("2026-08-20T09:30:00Z"));
  CHECK(alerts.reads_again());
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-19T10:00:00.000000Z"));
  auto step =
      alerts.take(page({{"a", "2026-08-19T11:00:00Z"}, {"b", "2026-08-20T09:10:00Z"}, {"c", "2026-08-20T09:20:00Z"}}),
                  PageState::whole, kNow);
  CHECK(step.batch.cursor == "");
  step = alerts.take(page({{"c", "2026-08-20T09:20:00Z"}}), PageState::whole, kNow);
  CHECK(step.poll_complete);
  CHECK(step.batch.cursor == "");
  CHECK_FALSE(alerts.reads_again());
  CHECK(holds(decoded(alerts.next(kNow).target), "ge 2026-08-20T08:30:00.000000Z"));
}

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sensor/graph/feed.h"
#include "tests/sensor/graph/feed_text.h"

using graph::PageState;
using graph::Resource;
using graph::SignInFeed;
using graph_test::at;
using graph_test::decoded;
using graph_test::holds;
using parsers::TimePoint;

namespace {

const TimePoint kNow = at("2026-08-20T10:00:00Z");
const std::string kLink = "https://graph.example.com/v1.0/auditLogs/signIns?$skiptoken=";

SignInFeed feed(std::string_view cursor, bool non_interactive = false) {
  graph::FeedSettings settings{true, std::chrono::minutes(1), std::chrono::hours(2), std::chrono::hours(24),
                               non_interactive};
  return {settings, 1000, *graph::parse_origin("https://graph.example.com"), cursor};
}

parsers::Page<parsers::SignIn> page(const std::vector<std::string>& times, std::string next_link = "") {
  parsers::Page<parsers::SignIn> out;
  for (const auto& time : times) {
    parsers::SignIn signin;
    signin.id = time;
    signin.created = at(time);
    out.records.push_back(signin);
  }
  out.next_link = std::move(next_link);
  return out;
}

}  // namespace

TEST_CASE("sign-ins: a poll close behind the last one is one window from the overlap to now") {
  auto signins = feed("2026-08-20T09:59:00Z");
  CHECK(decoded(signins.next(kNow).target) ==
        "/v1.0/auditLogs/signIns?$filter=createdDateTime ge 2026-08-20T07:59:00.000000Z and createdDateTime le "
        "2026-08-20T10:00:00.000000Z&$top=1000");
  const auto step = signins.take(page({"2026-08-20T09:59:30Z", "2026-08-20T09:58:00Z"}), PageState::whole, kNow);
  CHECK(step.poll_complete);
  CHECK(step.batch.feed == graph::FeedName::signins);
  CHECK(step.batch.signins.size() == 2);
  CHECK(step.batch.cursor == "2026-08-20T09:59:30.000000Z");
}

TEST_CASE("sign-ins: the backfill is read in windows of an hour, each with its own cursor") {
  auto signins = feed("");
  std::vector<std::string> lower_bounds;
  std::string cursor;
  int windows = 0;
  for (bool complete = false; !complete && windows < 100; ++windows) {
    const auto target = decoded(signins.next(kNow).target);
    lower_bounds.push_back(target.substr(target.find("ge ") + 3, 19));
    const auto step = signins.take(page({}), PageState::whole, kNow);
    complete = step.poll_complete;
    CHECK(step.batch.cursor > cursor);
    cursor = step.batch.cursor;
  }
  CHECK(windows == 24);
  CHECK(lower_bounds.front() == "2026-08-19T10:00:00");
  CHECK(lower_bounds[1] == "2026-08-19T11:00:00");
  CHECK(lower_bounds.back() == "2026-08-20T09:00:00");
}

TEST_CASE("sign-ins: an empty tenant moves on, two overlaps behind the clock and no further") {
  auto signins = feed("2026-08-20T09:59:00Z");
  TimePoint now = kNow;
  for (int poll = 0; poll < 400; ++poll, now += std::chrono::minutes(1)) {
    signins.next(now);
    CHECK(signins.take(page({}), PageState::whole, now).poll_complete);
  }
  CHECK(holds(decoded(signins.next(now).target),
              "ge " + graph::filter_time(now - std::chrono::hours(4) - std::chrono::minutes(1))));
}

TEST_CASE("sign-ins: a row that appears any time within the overlap is covered by a later window") {
  for (int late_minutes = 0; late_minutes <= 120; late_minutes += 5) {
    CAPTURE(late_minutes);
    auto signins = feed("");
    const TimePoint created = kNow + std::chrono::minutes(7);
    const TimePoint visible = created + std::chrono::minutes(late_minutes);
    bool covered = false;
    for (TimePoint now = kNow; now < visible + std::chrono::minutes(3); now += std::chrono::minutes(1)) {
      for (bool complete = false; !complete;) {
        const auto target = decoded(signins.next(now).target);
        const auto from = at(target.substr(target.find("ge ") + 3, 27));
        const auto until = at(target.substr(target.find("le ") + 3, 27));
        covered = covered || (now >= visible && from <= created && created <= until);
        // Other users sign in all the time, and their rows appear at once.
        complete = signins.take(page({graph::filter_time(until)}), PageState::whole, now).poll_complete;
      }
    }
    CHECK(covered);
  }
}

TEST_CASE("sign-ins: non-interactive ones are read from beta for the same window before the cursor moves") {
  auto signins = feed("2026-08-20T09:59:00Z", true);
  CHECK(signins.next(kNow).resource == Resource::signins);
  auto step = signins.take(page({"2026-08-20T09:59:10Z"}), PageState::whole, kNow);
  CHECK_FALSE(step.poll_complete);
  CHECK(step.batch.cursor.empty());
  CHECK(signins.next(kNow).resource == Resource::signins_beta);
  CHECK(decoded(signins.next(kNow).target) ==
        "/beta/auditLogs/signIns?$filter=createdDateTime ge 2026-08-20T07:59:00.000000Z and createdDateTime le "
        "2026-08-20T10:00:00.000000Z and signInEventTypes/any(t: t eq 'nonInteractiveUser')&$top=1000");
  step = signins.take(page({"2026-08-20T09:59:40Z"}), PageState::whole, kNow);
  CHECK(step.poll_complete);
  CHECK(step.batch.cursor == "2026-08-20T09:59:40.000000Z");
}

TEST_CASE("sign-ins: a refused beta is said once, left for an hour and then tried again") {
  for (const int status : {400, 403, 404}) {
    CAPTURE(status);
    auto signins = feed("2026-08-20T09:59:00Z", true);
    signins.next(kNow);
    signins.take(page({}), PageState::whole, kNow);
    const auto step = signins.refused(status, kNow);
    REQUIRE(step);
    CHECK(step->poll_complete);
    CHECK(step->error.empty());
    CHECK_FALSE(step->batch.cursor.empty());
    REQUIRE(step->warnings.size() == 1);
    const TimePoint soon = kNow + std::chrono::minutes(59);
    signins.next(soon);
    CHECK(signins.take(page({}), PageState::whole, soon).poll_complete);
    const TimePoint later = kNow + std::chrono::minutes(61);
    signins.next(later);
    CHECK_FALSE(signins.take(page({}), PageState::whole, later).poll_complete);
    CHECK(signins.next(later).resource == Resource::signins_beta);
  }
}

TEST_CASE("sign-ins: a refusal of v1.0 is an error of the feed") {
  auto signins = feed("", true);
  signins.next(kNow);
  CHECK_FALSE(signins.refused(403, kNow));
  CHECK_FALSE(signins.refused(400, kNow));
}

TEST_CASE("sign-ins: an empty page with a next link doesn't end the window") {
  auto signins = feed("2026-08-20T09:59:00Z");
  signins.next(kNow);
  auto step = signins.take(page({}, kLink + "2"), PageState::whole, kNow);
  CHECK_FALSE(step.poll_complete);
  CHECK(signins.next(kNow).target == "/v1.0/auditLogs/signIns?$skiptoken=2");
  step = signins.take(page({"2026-08-20T09:59:30Z"}), PageState::whole, kNow);
  CHECK(step.poll_complete);
}

TEST_CASE("sign-ins: a link that has expired begins its window again, and waits when that keeps happening") {
  auto signins = feed("2026-08-20T09:59:00Z");
  const auto first = signins.next(kNow).target;
  for (int i = 0; i < 4; ++i) {
    signins.take(page({}, kLink + "2"), PageState::whole, kNow);
    const auto step = signins.refused(400, kNow);
    REQUIRE(step);
    CHECK(step->error.empty() == (i < 3));
    CHECK(step->batch.cursor.empty());
    CHECK((signins.next(kNow).target == first) == (i < 3));  // from then on in smaller windows
  }
}

TEST_CASE("sign-ins: foreign and circular links are errors that begin the window again") {
  auto signins = feed("2026-08-20T09:59:00Z");
  const auto first = signins.next(kNow).target;
  CHECK(holds(signins.take(page({}, "https://evil.example/x"), PageState::whole, kNow).error, "evil.example"));
  CHECK(signins.next(kNow).target == first);
  signins.take(page({}, kLink + "2"), PageState::whole, kNow);
  CHECK(holds(signins.take(page({}, kLink + "2"), PageState::whole, kNow).error, "circle"));
  CHECK(signins.next(kNow).target == first);
}

TEST_CASE("sign-ins: half a page and a partial answer don't move the cursor") {
  auto signins = feed("2026-08-20T09:59:00Z");
  const auto target = signins.next(kNow).target;
  auto step = signins.take(page({"2026-08-20T09:59:30Z"}), PageState::cut, kNow);
  CHECK(step.batch.signins.size() == 1);
  CHECK_FALSE(step.error.empty());
  CHECK(signins.next(kNow).target == target);
  step = signins.take(page({"2026-08-20T09:59:30Z"}), PageState::partial, kNow);
  CHECK(step.poll_complete);
  CHECK(step.batch.cursor.empty());
  CHECK(holds(decoded(signins.next(kNow).target), "ge 2026-08-20T07:59:00.000000Z"));
}

TEST_CASE("sign-ins: after a partial window no later window of the poll moves the cursor over it") {
  auto signins = feed("");
  signins.next(kNow);
  CHECK(signins.take(page({}), PageState::partial, kNow).batch.cursor.empty());
  signins.next(kNow);
  CHECK(signins.take(page({}), PageState::whole, kNow).batch.cursor.empty());
}

TEST_CASE("sign-ins: times from the future don't move the cursor beyond the window") {
  auto signins = feed("2026-08-20T09:59:00Z");
  signins.next(kNow);
  const auto step = signins.take(page({"9999-01-01T00:00:00Z"}), PageState::whole, kNow);
  CHECK(step.batch.cursor == "2026-08-20T10:00:00.000000Z");
  auto ahead = feed("9999-01-01T00:00:00Z");
  CHECK(holds(decoded(ahead.next(kNow).target), "ge 2026-08-20T08:00:00.000000Z"));
  CHECK(ahead.take(page({}), PageState::whole, kNow).batch.cursor < "2026-08-20T10:00:00.000001Z");
}

TEST_CASE("sign-ins: nothing older than Graph's thirty days is asked for") {
  auto signins = feed("2020-01-01T00:00:00Z");
  CHECK(holds(decoded(signins.next(kNow).target), "ge 2026-07-21T10:00:00.000000Z"));
}

TEST_CASE("sign-ins: a window that Graph keeps failing at is halved, and the rest of it follows") {
  auto signins = feed("");
  signins.next(kNow);
  signins.narrow();
  CHECK(holds(decoded(signins.next(kNow).target),
              "ge 2026-08-19T10:00:00.000000Z and createdDateTime le 2026-08-19T10:30:00.000000Z"));
  for (int i = 0; i < 20; ++i) signins.narrow();
  const auto target = decoded(signins.next(kNow).target);
  CHECK(holds(target, "le 2026-08-19T10:01:52.500000Z"));
  signins.take(page({}), PageState::whole, kNow);
  CHECK(holds(decoded(signins.next(kNow).target), "ge 2026-08-19T10:01:52.500000Z"));
}

TEST_CASE("sign-ins: where the overlap holds many pages most polls reach back ten minutes and leave the cursor alone") {
  auto signins = feed("2026-08-20T09:59:00Z");
  TimePoint now = kNow;
  const auto begins_at = [&] { return decoded(signins.next(now).target).substr(51, 20); };
  CHECK(begins_at() == "2026-08-20T07:59:00.");
  for (int i = 0; i < 30; ++i)
    signins.take(page({"2026-08-20T09:59:30Z"}, kLink + std::to_string(i)), PageState::whole, now);
  auto step = signins.take(page({}), PageState::whole, now);
  REQUIRE(step.poll_complete);
  CHECK(step.batch.cursor == "2026-08-20T09:59:30.000000Z");
  // 31 answers at 60 a minute, and three more times of that for others.
  now += std::chrono::seconds(60);
  CHECK(begins_at() == "2026-08-20T09:50:00.");
  step = signins.take(page({"2026-08-20T10:00:30Z"}), PageState::whole, now);
  CHECK(step.poll_complete);
  CHECK(step.batch.cursor == "");
  now += std::chrono::seconds(63);
  CHECK(begins_at() == "2026-08-20T09:51:00.");
  signins.take(page({}), PageState::whole, now);
  now += std::chrono::seconds(2);
  CHECK(begins_at() == "2026-08-20T07:59:30.");
}

TEST_CASE("sign-ins: what is read again is one window of both kinds that leaves the cursor alone") {
  auto signins = feed("2026-08-20T09:59:00Z", true);
  signins.read_again(at("2026-08-19T10:00:00Z"), at("2026-08-20T08:00:00Z"));
  CHECK(signins.reads_again());
  CHECK(holds(decoded(signins.next(kNow).target),
              "ge 2026-08-19T10:00:00.000000Z and createdDateTime le "
              "2026-08-20T08:00:00.000000Z&"));
  auto step = signins.take(page({"2026-08-20T03:00:00Z"}, kLink + "1"), PageState::whole, kNow);
  CHECK(step.batch.signins.size() == 1);
  step = signins.take(page({}), PageState::whole, kNow);
  CHECK(holds(signins.next(kNow).target, "/beta/"));
  CHECK_FALSE(signins.progress());
  step = signins.take(page({}), PageState::whole, kNow);
  CHECK(step.poll_complete);
  CHECK(step.batch.cursor == "");
  CHECK_FALSE(signins.reads_again());
  CHECK(holds(decoded(signins.next(kNow).target), "ge 2026-08-20T07:59:00.000000Z and"));
}

TEST_CASE("sign-ins: a window whose links always expire is asked for in smaller ones") {
  auto signins = feed("2026-08-20T09:59:00Z");
  std::size_t errors = 0;
  for (int i = 0; i < 100 && errors < 2; ++i) {
    signins.next(kNow);
    signins.take(page({"2026-08-20T09:00:00Z"}, kLink + std::to_string(i)), PageState::whole, kNow);
    signins.next(kNow);
    const auto step = signins.refused(400, kNow);
    REQUIRE(step);
    if (!step->error.empty()) ++errors;
  }
  CHECK(errors == 2);
  CHECK(holds(decoded(signins.next(kNow).target),
              "ge 2026-08-20T07:59:00.000000Z and createdDateTime le "
              "2026-08-20T08:29:15.000000Z"));
}

// Any schedule of appearing rows and of faults ends in the same state: every row delivered, in its last version.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "sensor/graph/feed.h"
#include "tests/sensor/graph/feed_text.h"

using graph::FeedStep;
using graph::PageState;
using graph_test::at;
using graph_test::decoded;
using parsers::TimePoint;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::minutes kOverlap{30};
constexpr std::size_t kPageSize = 5;
const graph::Origin kOrigin{true, "graph.example.com", 443};
const TimePoint kStart = at("2026-08-20T00:00:00Z");

struct Version {
  TimePoint stamp, shows;
};
struct Row {
  std::string id;
  bool interactive = true;
  std::vector<Version> versions;  // by stamp

  const Version* seen_at(TimePoint now) const {
    const Version* out = nullptr;
    for (const Version& version : versions) {
      if (version.shows <= now) out = &version;
    }
    return out;
  }
};

// The rest of `text` behind `word`, up to the next blank or '&'.
std::string after(const std::string& text, const std::string& word) {
  const auto begin = text.find(word);
  if (begin == std::string::npos) return {};
  const auto from = begin + word.size();
  return text.substr(from, std::min(text.find_first_of(" &", from), text.size()) - from);
}

struct Shown {
  std::string id;
  TimePoint stamp;
};

// What Graph answers to a request at a time: paged by link (sign-ins) or not (alerts).
class Server {
 public:
  Server(const std::vector<Row>& rows, std::mt19937& random) : rows_(rows), random_(random) {}

  struct Answer {
    std::vector<Shown> page;
    std::string link;
  };

  Answer answer(const std::string& target, TimePoint now) {
    const std::string text = decoded(target);
    if (const std::string token = after(text, "$skiptoken="); !token.empty()) return page_of(std::stoul(token));
    const bool alerts = text.find("alerts_v2") != std::string::npos;
    const TimePoint from = at(after(text, "DateTime ge "));
    const std::string upper = after(text, "DateTime le ");
    const bool other_kind = text.find("nonInteractive") != std::string::npos;
    std::vector<Shown> found;
    for (const Row& row : rows_) {
      const Version* version = row.seen_at(now);
      if (!version || version->stamp < from || (!upper.empty() && version->stamp > at(upper))) continue;
      if (alerts || row.interactive != other_kind) found.push_back({row.id, version->stamp});
    }
    const bool ascending = text.find("orderby") != std::string::npos;
    std::sort(found.begin(), found.end(), [&](const Shown& a, const Shown& b) {
      return ascending ? std::tie(a.stamp, a.id) < std::tie(b.stamp, b.id)
                       : std::tie(b.stamp, b.id) < std::tie(a.stamp, a.id);
    });
    if (!alerts) {
      rest_.push_back(std::move(found));
      return page_of(rest_.size() - 1);
    }
    const std::string skip = after(text, "$skip="), top = after(text, "$top=");
    const auto begin = std::min(found.size(), skip.empty() ? 0 : std::stoul(skip));
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(begin));
    found.resize(std::min(found.size(), static_cast<std::size_t>(std::stoul(top))));
    return {found, ""};
  }

 private:
  Answer page_of(std::size_t token) {
    std::vector<Shown> all = rest_.at(token);
    const std::size_t size = std::min(all.size(), std::size_t{random_() % 4 == 0 ? 0 : kPageSize});  // empty ones too
    Answer out{{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)}, ""};
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
    if (all.empty()) return out;
    rest_.push_back(std::move(all));
    out.link = "https://graph.example.com/v1.0/auditLogs/signIns?$skiptoken=" + std::to_string(rest_.size() - 1);
    return out;
  }

  const std::vector<Row>& rows_;
  std::mt19937& random_;
  std::vector<std::vector<Shown>> rest_;
};

parsers::Page<parsers::Alert> records(const std::vector<Shown>& shown, parsers::Alert*) {
  parsers::Page<parsers::Alert> page;
  for (const Shown& row : shown) {
    parsers::Alert record;
    record.id = row.id;
    record.created = record.last_update = row.stamp;
    page.records.push_back(record);
  }
  return page;
}
parsers::Page<parsers::SignIn> records(const std::vector<Shown>& shown, parsers::SignIn*) {
  parsers::Page<parsers::SignIn> page;
  for (const Shown& row : shown) {
    parsers::SignIn record;
    record.id = row.id;
    record.created = row.stamp;
    page.records.push_back(record);
  }
  return page;
}

// What rows may do: appear in versions; appear hours after the overlap, which then is swept.
struct Habits {
  bool grow = false, hours_late = false;
};

std::vector<Row> schedule(std::mt19937& random, Habits habits) {
  std::vector<Row> rows;
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  for (int i = 0; i < 80; ++i) {
    Row row{"r" + std::to_string(i), below(3) != 0, {}};
    TimePoint stamp = kStart + std::chrono::seconds(below(6) == 0 ? 3600 : below(3 * 3600));  // ties on purpose
    for (int versions = habits.grow ? 1 + below(3) : 1; versions > 0; --versions) {
      const bool hours_late = habits.hours_late && below(8) == 0;
      const auto late = std::chrono::seconds(hours_late ? below(10'000) : below(4) == 0 ? below(1790) : below(60));
      TimePoint shows = stamp + late;
      if (!row.versions.empty()) shows = std::max(shows, row.versions.back().shows);
      if (shows > stamp + kOverlap && !habits.hours_late) break;
      row.versions.push_back({stamp, shows});
      stamp += std::chrono::seconds(1 + below(1200));
    }
    rows.push_back(row);
  }
  return rows;
}

template <class FeedType, class Record, class Make>
void run(unsigned seed, Habits habits, Make make) {
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };
  const std::vector<Row> rows = schedule(random, habits);
  Server server(rows, random);
  std::map<std::string, TimePoint> state;
  std::string cursor;
  FeedType feed = make(cursor);
  const TimePoint calm = kStart + (habits.hours_late ? 7h : 4h);
  int polls_in_calm = 0, sweeps_in_calm = 0, steps = 0;
  const auto is_over = [&](TimePoint now) {
    return polls_in_calm >= 2 && now >= calm + 1h && (!habits.hours_late || sweeps_in_calm > 0);
  };
  for (TimePoint now = kStart; !is_over(now); now += std::chrono::seconds(1 + random() % 10)) {
    REQUIRE(++steps < 50'000);
    const bool storm = now < calm;
    if (storm && chance(40)) feed = make(cursor);  // killed and started again
    const auto request = feed.next(now);
    const bool sweeps = feed.reads_again();
    if (storm && chance(8)) {
      now += std::chrono::seconds(random() % 120);  // 429, 5xx, a reset: the same request again
      if (chance(4)) feed.narrow();
      continue;
    }
    const bool is_first_of_beta = request.target.find("/beta/auditLogs/signIns?$filter") == 0;
    if (storm && chance(12) && !is_first_of_beta) {  // which would mean that this tenant has no beta
      feed.refused(400, now);                        // a link that expired, or a whim
      continue;
    }
    auto answer = server.answer(request.target, now);
    auto page = records(answer.page, static_cast<Record*>(nullptr));
    page.next_link = answer.link;
    PageState page_state = PageState::whole;
    if (storm && chance(10)) {
      page_state = chance(2) ? PageState::partial : PageState::cut;
      page.records.resize(page.records.size() / 2);
    }
    FeedStep step = feed.take(std::move(page), page_state, now);
    for (const auto& alert : step.batch.alerts) state[alert.id] = std::max(state[alert.id], alert.last_update);
    for (const auto& sign_in : step.batch.signins) state[sign_in.id] = std::max(state[sign_in.id], sign_in.created);
    if (!step.batch.cursor.empty()) cursor = step.batch.cursor;
    if (!step.poll_complete) continue;
    if (sweeps) CHECK(step.batch.cursor.empty());
    if (!storm) ++(sweeps ? sweeps_in_calm : polls_in_calm);
    if (habits.hours_late && !sweeps && chance(3)) feed.read_again(now - 24h, now - kOverlap);
    now += 60s;
  }
  std::map<std::string, TimePoint> wanted;
  for (const Row& row : rows) wanted[row.id] = row.versions.back().stamp;
  for (const auto& [id, stamp] : wanted) {
    CAPTURE(id);
    REQUIRE(state.contains(id));
    CHECK(parsers::format_rfc3339(state[id]) == parsers::format_rfc3339(stamp));
  }
  CHECK(state.size() == wanted.size());
}

graph::FeedSettings settings() { return {true, std::chrono::minutes(1), kOverlap, std::chrono::hours(24), true, 60}; }

}  // namespace

TEST_CASE("feeds: any schedule of late, tied and growing alerts and of faults ends with all of them") {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    run<graph::AlertFeed, parsers::Alert>(seed, {true, false}, [](const std::string& cursor) {
      return graph::AlertFeed(settings(), kPageSize, kOrigin, cursor);
    });
  }
}

TEST_CASE("feeds: any schedule of late and tied sign-ins and of faults ends with all of them") {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    run<graph::SignInFeed, parsers::SignIn>(
        seed, {}, [](const std::string& cursor) { return graph::SignInFeed(settings(), kPageSize, kOrigin, cursor); });
  }
}

TEST_CASE("feeds: with sweeps, rows that appear hours after the overlap end there too") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    run<graph::AlertFeed, parsers::Alert>(seed, {true, true}, [](const std::string& cursor) {
      return graph::AlertFeed(settings(), kPageSize, kOrigin, cursor);
    });
    run<graph::SignInFeed, parsers::SignIn>(seed, {false, true}, [](const std::string& cursor) {
      return graph::SignInFeed(settings(), kPageSize, kOrigin, cursor);
    });
  }
}

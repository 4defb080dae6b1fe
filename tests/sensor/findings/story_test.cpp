#include "sensor/findings/story.h"

#include <doctest/doctest.h>

#include "sensor/findings/finding_json.h"
#include "tests/sensor/findings/findings_made.h"
#include "tests/support/golden.h"

using findings::one_line;
using findings::tell;
using findings::to_json_line;
using support::kMadeAt;

TEST_CASE("story: a finding is told in the order of time with its reasons and raw messages") {
  support::check_golden("findings/strong.txt", tell(to_json_line(support::make_finding(), 1, kMadeAt)));
  support::check_golden("findings/weak.txt", tell(to_json_line(support::make_weak_finding(), 2, kMadeAt)));
}

TEST_CASE("story: hostile text can neither begin a line nor steer the terminal") {
  const std::string story = tell(to_json_line(support::make_hostile_finding(), 1, kMadeAt));
  support::check_golden("findings/hostile.txt", story);
  for (char c : story) CHECK((c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)));
  CHECK(story.find("\n{\"id\"") == std::string::npos);
  CHECK(story.find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("story: evidence that was left out is counted, and a test says so") {
  correlate::Finding finding = support::make_finding();
  finding.test = true;
  for (int id = 2; id <= 23; ++id) finding.clicks.push_back(support::make_click(id));
  const std::string story = tell(to_json_line(finding, 1, kMadeAt));
  CHECK(story.find("and 0 more alerts, 3 more clicks, 0 more sign-ins\n") != std::string::npos);
  CHECK(story.find("TEST: made by simulate.") != std::string::npos);
}

TEST_CASE("story: a list row holds what one looks for") {
  const std::string line = to_json_line(support::make_finding(), 1, kMadeAt);
  const std::string id = support::make_finding().id;
  CHECK(one_line(line) ==
        "2026-03-10T12:05:00.000Z  High      1.00  bob@contoso.com  login.example.com  203.0.113.7  " + id);
}

TEST_CASE("story: what is no finding is said in one sentence, and a line that lacks keys is told without them") {
  for (const char* line : {"", "nonsense", "[1]", "{\"a\":", "null", "{}"}) {
    CAPTURE(line);
    CHECK(tell(line) == "This is not a finding: the line is not a JSON object.\n");
    CHECK(one_line(line) == "This is not a finding: the line is not a JSON object.");
  }
  for (const char* line : {R"({"id":"x"})", R"({"id":7,"evidence":[],"reasons":{"a":1},"confidence":"high"})",
                           R"({"evidence":{"alerts":[1,{"urls":[1,{}]}],"events":[{}],"signins":{}}})"}) {
    CAPTURE(line);
    CHECK(tell(line).find("Why\n") != std::string::npos);
    CHECK_FALSE(one_line(line).empty());
  }
}

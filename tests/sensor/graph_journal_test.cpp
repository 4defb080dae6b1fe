#include "sensor/graph_journal.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>

using Line = sensor::GraphJournal::Line;

namespace {

boost::json::object graph(const char* alerts_error, const char* signins_error) {
  const auto feed = [](const char* error) {
    return boost::json::object{
        {"cursor", nullptr}, {"last_error", *error == '\0' ? boost::json::value(nullptr) : boost::json::value(error)}};
  };
  return {{"alerts", feed(alerts_error)}, {"signins", feed(signins_error)}};
}

std::string told(const std::vector<Line>& lines) {
  std::string out;
  for (const Line& line : lines) out += (line.is_trouble ? "!" : "+") + line.text + "|";
  return out;
}

}  // namespace

TEST_CASE("graph journal: a trouble is told once, whatever its request and its numbers, and so is its end") {
  sensor::GraphJournal journal;
  CHECK(told(journal.news(graph("", ""))) == "");
  CHECK(told(journal.news(graph("It failed, 3 s. (client-request-id a)", ""))) ==
        "!Graph alerts: It failed, 3 s. (client-request-id a)|");
  CHECK(told(journal.news(graph("It failed, 4 s. (client-request-id b)", ""))) == "");
  CHECK(told(journal.news(graph("It failed, 4 s. (client-request-id b)", "No licence."))) ==
        "!Graph signins: No licence.|");
  CHECK(told(journal.news(graph("Something else.", "No licence."))) == "!Graph alerts: Something else.|");
  CHECK(told(journal.news(graph("", "No licence."))) == "+Graph alerts: all is well again.|");
  CHECK(told(journal.news(graph("", ""))) == "+Graph signins: all is well again.|");
  CHECK(told(journal.news(graph("Something else.", ""))) == "!Graph alerts: Something else.|");
}

// Why there is a finding, or none: every edge of the chain tried for one user and one URL, with its candidates, how far
// each came, and the first condition that the nearest one failed, in words.
//
// The engine alone decides what a finding is; this tells what stood in its way. Pure but for the facts it asks for.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "parsers/cidr.h"
#include "parsers/url.h"
#include "sensor/correlate/engine.h"
#include "sensor/correlate/windows.h"

namespace sensor {

struct WalkQuestion {
  std::string user;  // user principal name, lower case
  parsers::Url url;
  std::optional<parsers::TimePoint> at;  // about when the click was; nothing: any stored time
};

struct Condition {
  std::string name;  // stable: "title-watched", "user", "outcome", ...
  bool holds = false;
  std::string detail;  // a sentence
};

struct Candidate {
  std::string id;
  parsers::TimePoint time{};
  std::string what;                   // the row in a phrase
  std::vector<Condition> conditions;  // in the order they were tried; ends with the first that failed
  parsers::Duration distance{};       // how far in time from what it should be near to
  bool passes() const { return conditions.empty() || conditions.back().holds; }
};

struct Edge {
  std::string name;      // "alert", "click", "sign-in"
  std::string question;  // what a candidate must be
  std::size_t candidates = 0, passing = 0;
  std::vector<Candidate> nearest;  // at most kShownCandidates, those that came farthest first
};

inline constexpr std::size_t kShownCandidates = 5;

struct Walk {
  std::vector<Edge> edges;
  // What stood in the way: that of the first edge which nobody passed. Empty when every edge was passed.
  std::string failed_edge, failed_condition, failed_detail;
  std::vector<parsers::Alert> alerts;  // that passed, for the engine to be asked about
};

Walk walk(correlate::Facts& facts, const correlate::Engine& engine, const correlate::Settings& settings,
          const WalkQuestion& question);

boost::json::object walk_json(const Walk& walk);
std::string walk_text(const Walk& walk);  // foreign text escaped

}  // namespace sensor

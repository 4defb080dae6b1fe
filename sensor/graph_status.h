// The part of `status` that tells of Graph: contract/commands.md, `status --json`, "graph".
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "parsers/time.h"
#include "sensor/graph/poller.h"

namespace sensor {

// "alerts" and "signins", "users" when they are read, and "credential".
boost::json::object graph_json(const graph::Poller& poller);

// What is wrong, a line each, that begins with "! ".
void list_graph_troubles(const boost::json::object& graph, std::string& out);

// A row for each feed, for a person. `now` gives the ages.
std::string graph_text(const boost::json::object& graph, parsers::TimePoint now);

}  // namespace sensor

// Says in the journal what goes wrong between Graph and the sensor, once, and when it is over. Pure; threads: one.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

namespace sensor {

class GraphJournal {
 public:
  struct Line {
    bool is_trouble;
    std::string text;
  };

  // `graph` as in `status --json`. A trouble that stays is not told again, though its numbers and request ids change.
  std::vector<Line> news(const boost::json::object& graph);

 private:
  std::map<std::string, std::string> told_;  // a trouble without its numbers -> the feed that has it
};

}  // namespace sensor

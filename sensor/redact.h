// Takes secrets and personal data out of what leaves the house with a support bundle: only what is known to be harmless
// stays (numbers, durations, plain lower-case words, the program's own names); everything else becomes <removed-N>, the
// same text the same N within one bundle, so that a reader sees what belongs together.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace sensor {

class Redactor {
 public:
  // A configuration: sections, keys, and values that are numbers, booleans, durations, sizes or one of a fixed set.
  // Comments go.
  std::string configuration(std::string_view toml);
  // `status --json` and the like: keys stay; texts go unless they are times, or name a transport, a feed, a version.
  boost::json::value record(const boost::json::value& value, std::string_view key = {});
  // Sentences and key=value pairs of our log, of `doctor` and of systemd.
  std::string log(std::string_view lines);

 private:
  std::string stand_in(std::string_view text);
  void remember_users(const boost::json::value& findings);
  std::string log_line(std::string_view line);
  std::string word(std::string_view word, bool first);
  std::string value_of(std::string_view text);

  // What configuration and status named goes from the log, too.
  std::unordered_map<std::string, std::size_t> seen_;  // with its number
  std::unordered_set<std::string> names_;              // of users in findings, and their parts
};

}  // namespace sensor

// What correlation asks of the stored facts. The engine sees nothing else of the world: no database, no clock, no file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/event.h"
#include "parsers/graph.h"
#include "parsers/time.h"

namespace correlate {

// A web log row about a host that an alert names (blocked or not).
struct Click {
  std::uint64_t event_id = 0;
  parsers::Event event;
  parsers::TimePoint received{};
  std::string input;  // name of the input it came in by
  std::string raw;    // the message
};

class Facts {
 public:
  virtual ~Facts() = default;
  // All in a fixed order: (time, id). A fact that the engine is asked about is among the answers already, and so is
  // every committed click on a host of a stored alert, also those that came before the alert.
  virtual std::vector<parsers::Alert> alerts_on_host(std::uint64_t host_key) = 0;
  virtual std::vector<Click> clicks_on_host(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to) = 0;
  // Clicks whose user is `upn`, or a bare account equal to its part before '@'.
  virtual std::vector<Click> clicks_of_user(std::string_view upn, parsers::TimePoint from, parsers::TimePoint to) = 0;
  virtual std::vector<parsers::SignIn> sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                        parsers::TimePoint to) = 0;
  virtual std::vector<parsers::SignIn> sign_ins_of_account(std::string_view account, parsers::TimePoint from,
                                                           parsers::TimePoint to) = 0;
};

}  // namespace correlate

// Name look-up that can be left: the system's resolver knows no cancelling and may take half a minute.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "parsers/result.h"

namespace graph {

// The order to try them in: IPv4 and IPv6 in turn, each family in the resolver's order, so that a family without a road
// costs one attempt.
std::vector<std::string> families_in_turn(std::vector<std::string> addresses);

class Resolver {
 public:
  // Numeric addresses of `host`. Errors: resolve, timeout, stopped.
  parsers::Result<std::vector<std::string>> resolve(const std::string& host, std::chrono::milliseconds limit);
  void stop();  // any thread; ends a look-up under way

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool stopped = false;  // under mutex
  };
  struct Lookup;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace graph

// A synthetic chain that can be told from a real one: an alert, a click and a sign-in of a user, a host and an address
// that nobody can own (RFC 2606 .invalid, RFC 5737), under ids with correlate::kTestPrefix.
//
// Trace: when each hop of it was passed. Threads: the network thread begins it, the writer marks it, anybody reads.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "parsers/graph.h"
#include "parsers/time.h"

namespace sensor {

struct Simulation {
  std::string label;    // names the run: in the finding's ids, user and host
  std::string message;  // the click, as a Zscaler NSS message in CEF without a syslog header's time zone to guess
  parsers::Alert alert;
  parsers::SignIn sign_in;
  std::uint64_t host_key = 0;
};

// `title` is one that correlation watches. The same arguments give the same chain.
Simulation simulate(parsers::TimePoint now, const std::string& title);

class Trace {
 public:
  void begin(std::uint64_t host_key);
  std::uint64_t host_key() const { return host_key_.load(std::memory_order_acquire); }  // 0: none is under way

  // Each once a run, in this order; later calls change nothing.
  void facts_stored(parsers::TimePoint now) { mark(facts_, now); }
  void received(parsers::TimePoint at, parsers::TimePoint stored);
  void correlated(parsers::TimePoint now);  // passed over until the message is stored
  void written(parsers::TimePoint now);     // ... and until it is correlated

  boost::json::object to_json() const;  // times as microseconds of the epoch; null: not yet

 private:
  static void mark(std::atomic<std::int64_t>& hop, parsers::TimePoint now);
  std::atomic<std::uint64_t> host_key_{0};
  std::atomic<std::int64_t> facts_{0}, received_{0}, stored_{0}, correlated_{0}, written_{0};
};

}  // namespace sensor

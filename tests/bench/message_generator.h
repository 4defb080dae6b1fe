// CEF lines of the four vendors for benchmarks: about 900 bytes and 30 keys each, thousands of hosts and users, the
// same sequence for the same seed.
#pragma once

#include <cstdint>
#include <string>

#include "parsers/time.h"

namespace bench {

struct GeneratedMessage {
  std::string text;
  parsers::TimePoint time{};
  std::uint64_t host_key = 0, user_key = 0, source_key = 0, destination_key = 0;
};

class MessageGenerator {
 public:
  explicit MessageGenerator(std::uint64_t seed) : state_(seed) {}
  void next(parsers::TimePoint received, GeneratedMessage& out);

 private:
  std::uint64_t random();
  std::uint64_t below(std::uint64_t bound);
  std::uint64_t skewed(std::uint64_t bound);  // small numbers are common, as the favourite hosts of an office are
  void palo_alto(parsers::TimePoint received, GeneratedMessage& out);
  void fortinet(parsers::TimePoint received, GeneratedMessage& out);
  void check_point(parsers::TimePoint received, GeneratedMessage& out);
  void zscaler(parsers::TimePoint received, GeneratedMessage& out);
  void draw();

  std::uint64_t state_;
  std::uint64_t sequence_ = 0;
  std::string host_, path_, query_, user_, source_, destination_;
};

}  // namespace bench

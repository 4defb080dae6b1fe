// Which messages of a load arrived: each carries the load's seed and its own number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// The end of every message: " loadSeed=7 loadNumber=000000000042".
std::string load_mark(std::uint64_t seed, std::uint64_t number);
inline constexpr std::size_t kLoadNumberDigits = 12;

class LoadVerifier {
 public:
  // Messages 1 to `count` of the load with this seed are looked for.
  LoadVerifier(std::uint64_t seed, std::uint64_t count) : seed_(seed), seen_(count + 1, 0) {}

  // Every mark in `text`, one message or many.
  void look_at(std::string_view text);

  std::uint64_t missing() const;
  std::uint64_t repeated() const { return repeated_; }
  std::uint64_t foreign() const { return foreign_; }  // numbers beyond the count, or of another load
  // "3-17, 99": the first of the missing ones.
  std::string missing_ranges(std::size_t most) const;

 private:
  std::uint64_t seed_;
  std::vector<std::uint8_t> seen_;  // by number
  std::uint64_t repeated_ = 0, foreign_ = 0;
};

}  // namespace bench

// Which rows a feed has handed over already, and how late they were when they first showed. Pure.
//
// Threads: one. Limits: remembers kMaxRows rows, the newest ones; a row that was forgotten is handed over again, which
// costs time and changes nothing, and its lateness doesn't count.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "parsers/time.h"

namespace graph {

// Durations in classes that grow by a quarter each, from one second to 30 days.
class Lateness {
 public:
  void add(std::chrono::seconds late);
  std::uint64_t rows() const { return rows_; }
  // The upper end of the class that holds the fraction `part` of all rows; 0 without rows.
  std::chrono::seconds percentile(double part) const;

 private:
  static constexpr std::size_t kClasses = 68;
  std::array<std::uint64_t, kClasses> counts_{};
  std::uint64_t rows_ = 0;
};

// Of `overlap` configured and what was seen: the overlap to set, when rows come later than the configured one leaves
// room for. Rows later than the overlap are never seen, so the answer grows step by step.
std::optional<std::chrono::minutes> suggested_overlap(const Lateness& lateness, std::chrono::milliseconds overlap);

class Sightings {
 public:
  static constexpr std::size_t kMaxRows = 500'000;  // 24 bytes each

  enum class Sight { fresh, changed, known };

  // `time`: the row's own. Rows older than `keep` before `now` are not remembered: the next poll won't ask for them.
  // `measure`: a fresh row's lateness counts; false while history is read.
  Sight see(std::string_view id, std::string_view content, parsers::TimePoint time, parsers::TimePoint now,
            parsers::Duration keep, bool measure);
  void forget_before(parsers::TimePoint time);
  // Rows up to this time are too many to be remembered.
  parsers::TimePoint forgotten_until() const { return forgotten_until_; }

  const Lateness& lateness() const { return lateness_; }

 private:
  struct Row {
    std::uint64_t content;
    std::int64_t micros;
  };
  void forget_older_half();

  boost::unordered_flat_map<std::uint64_t, Row> rows_;
  parsers::TimePoint forgotten_until_ = parsers::TimePoint::min();
  Lateness lateness_;
};

}  // namespace graph

// How long a feed is usually quiet, by hour, and whether it is quiet for longer now. Pure.
//
// A poll that succeeds and brings nothing looks the same whether nobody signed in or a tenant's export broke. What is
// usual is learned for each of 24 hours (UTC) of working days and of week-ends: the longest quiet that a new row ended.
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/time.h"

namespace graph {

class Habit {
 public:
  static constexpr std::chrono::minutes kShortestAlarm{30};
  static constexpr int kDaysToLearn = 3;  // an hour that was seen on fewer days alarms nobody

  bool is_news(parsers::TimePoint row) const { return !last_new_ || row > *last_new_; }

  // After each poll that came to its end.
  void note(parsers::TimePoint now, bool something_new);

  struct Silence {
    parsers::TimePoint since{};
    parsers::Duration usual{};  // the longest quiet that is usual in these hours
  };
  // Something while the feed is quiet for more than three times what is usual, and more than kShortestAlarm.
  std::optional<Silence> silence(parsers::TimePoint now) const;

  // As text for the state database, and back; a text that can't be read is a habit that has yet to be learned.
  std::string save() const;
  static Habit load(std::string_view text);

 private:
  struct Hour {
    std::int64_t quiet_seconds = 0;
    std::int64_t last_day = -1;  // since 1970
    std::int64_t days = 0;
  };
  static std::size_t slot(parsers::TimePoint time);

  std::array<Hour, 48> hours_{};
  std::optional<parsers::TimePoint> last_new_;
};

}  // namespace graph

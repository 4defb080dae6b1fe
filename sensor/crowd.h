// Who reached a lure first. Each of them is judged again when somebody new comes, for that tells whose address it is;
// once they are many it is settled. Kept in memory, so that a click on a lure costs the same however many there were.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "sensor/correlate/facts.h"
#include "sensor/correlate/windows.h"
#include "storage/state_lookup.h"

namespace sensor {

class Crowd {
 public:
  explicit Crowd(storage::StateLookup& lookup) : lookup_(lookup) {}

  // Adds to `users` whoever reached the host before within `reach`, unless there are kMany. Then `click` is one of
  // them.
  void meet(std::uint64_t host_key, const correlate::Span& reach, const correlate::Click& click,
            std::set<std::string>& users);
  void forget() { hosts_.clear(); }  // what is stored became less

  static constexpr std::size_t kMany = 50, kMaxHosts = 10'000;

 private:
  using Clicker = std::tuple<std::string, std::string, std::string>;  // user, account; without both the source
  struct First {
    correlate::Span reach;
    std::set<Clicker> clickers;
  };
  First& first_on(std::uint64_t host_key, const correlate::Span& reach);

  storage::StateLookup& lookup_;
  std::unordered_map<std::uint64_t, First> hosts_;
};

}  // namespace sensor

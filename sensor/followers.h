// Who reached a lure a moment ago: rows of theirs on any host may tell where it led.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sensor/correlate/windows.h"
#include "storage/event_store.h"

namespace sensor {

class Followers {
 public:
  void clear();
  // A click on a lure's host; `source`, the client's address, is asked where the row names nobody.
  void add(std::uint64_t host_key, std::string_view account, std::string_view source, parsers::TimePoint time);

  // Of each host so many are followed: where more go, it leads nobody to a phisher, and half the traffic would be read.
  static constexpr std::size_t kCrowd = 50;

  // Whether the message is worth reading: one look into a hash table.
  bool may_follow(const storage::IndexEntry& entry) const;

 private:
  boost::unordered_flat_map<std::uint64_t, std::vector<correlate::Span>> spans_;   // of one; sorted, apart
  boost::unordered_flat_map<std::uint64_t, std::vector<std::uint64_t>> visitors_;  // of a host
};

}  // namespace sensor

// Which hosts are watched, and when: a look into a hash table is all that most messages cost.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

#include "sensor/correlate/lures.h"
#include "sensor/correlate/windows.h"
#include "storage/event_store.h"

namespace sensor {

class Watch {
 public:
  void clear() { reach_.clear(); }
  // A key of correlate::host_keys_of(), or of a host below a watched domain; times that it is watched for.
  void add(std::uint64_t key, const correlate::Span& reach);

  // The reach of a key; nullptr when it is not watched.
  const correlate::Span* find(std::uint64_t key) const;

  // On a host of everybody's pages only rows of the pages that alerts name.
  bool wants(const storage::IndexEntry& entry) const {
    const correlate::Span* reach = find(entry.host_key);
    if (reach == nullptr || !reach->contains(entry.time)) return false;
    return find(entry.host_key ^ correlate::kSharedMark) == nullptr || find(entry.url_key) || find(entry.no_query_key);
  }

  std::size_t size() const { return reach_.size(); }

 private:
  boost::unordered_flat_map<std::uint64_t, correlate::Span> reach_;
};

}  // namespace sensor

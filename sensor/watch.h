// Which hosts are watched, and when: a look into a hash table is all that most messages cost.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

#include "parsers/url.h"
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

  // Before its time a host is watched for the addresses alone that it was at.
  static constexpr parsers::Duration kServingBefore = std::chrono::days(7);

  // Whether the message is worth reading: its host is watched at its time.
  bool may_want(const storage::IndexEntry& entry) const {
    const correlate::Span* reach = find(entry.host_key);
    return reach != nullptr && entry.time >= reach->from - kServingBefore && entry.time <= reach->to;
  }

  // On a host of everybody's pages only what went to the pages that alerts name.
  bool wants(const parsers::Url& url) const {
    const parsers::UrlKeys keys = parsers::url_keys(url);
    return !has_pages(keys.host) || find(keys.exact) || find(keys.no_query);
  }

  bool has_pages(std::uint64_t host_key) const { return find(host_key ^ correlate::kSharedMark) != nullptr; }

  std::size_t size() const { return reach_.size(); }

 private:
  boost::unordered_flat_map<std::uint64_t, correlate::Span> reach_;
};

}  // namespace sensor

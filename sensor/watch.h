// Which hosts are watched, and when: a look into a hash table is all that most messages cost.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

#include "parsers/page_key.h"
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

  // Whether the message is worth reading: its host is watched at its time, and on a host of everybody's pages its page
  // is. From disk the page is not known.
  bool may_want(const storage::IndexEntry& entry) const {
    const correlate::Span* reach = find(entry.host_key);
    return reach != nullptr && entry.time >= reach->from - kServingBefore && entry.time <= reach->to &&
           (entry.page_key == 0 || !has_pages(entry.host_key) || find(entry.page_key) != nullptr);
  }

  // On a host of everybody's pages only what went to the pages that alerts name, whatever its query.
  bool wants(const parsers::Url& url) const {
    return !has_pages(parsers::host_key(url.host)) || find(parsers::page_key(url)) != nullptr;
  }

  bool has_pages(std::uint64_t host_key) const { return find(host_key ^ correlate::kSharedMark) != nullptr; }

  std::size_t size() const { return reach_.size(); }

 private:
  boost::unordered_flat_map<std::uint64_t, correlate::Span> reach_;
};

}  // namespace sensor

// A query over the stored events: what is asked, and the way through the store that reads the least.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "parsers/url.h"
#include "sensor/query/condition.h"

namespace query {

struct Query {
  std::vector<Condition> conditions;
  std::optional<parsers::Url> url;  // same host, port and path; and the same query where this one has one
  parsers::TimePoint since = parsers::TimePoint::min(), until = parsers::TimePoint::max();  // event time, inclusive
  std::optional<std::uint64_t> limit;
  bool quarantine = false;   // what could not be read, instead of what was
  bool only_counts = false;  // `visit` is not called
};

struct Progress {
  std::uint64_t messages = 0, bytes = 0, found = 0;  // messages and raw bytes read so far; those that match
};

// Runs a query over a store, in the order of receipt, holding one block at a time.
class Search {
 public:
  Search(Query query, const config::Config& config, const parsers::IdentityMap& identity);

  // What the index of the store answers; the rest is looked up message by message.
  const storage::Selection& selection() const { return selection_; }

  // `visit` gets each message that matches; false: no more. `tell` is called after each block. Returns how many match.
  std::uint64_t run(storage::EventStore& store, const std::function<bool(Message&)>& visit,
                    const std::function<void(const Progress&)>& tell);

 private:
  bool take_over(const Condition& condition);
  bool is_on_url(Message& message) const;
  bool matches(Message& message) const;

  Query query_;
  storage::Selection selection_;
  std::vector<Condition> rest_;  // cheapest first
  std::vector<std::unique_ptr<Prefilter>> prefilters_;
  parsers::UrlKeys url_keys_;
  Message message_;
};

}  // namespace query

// A store of a few messages for tests of queries, read as an input would have read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sensor/config/load.h"
#include "sensor/ingest/intake.h"
#include "sensor/query/search.h"
#include "tests/support/temporary_directory.h"

namespace test {

inline const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T12:00:00Z");

class Searching {
 public:
  static constexpr std::size_t kLongest = 10'000;  // what is longer is in quarantine as framing would have put it there

  explicit Searching(const std::vector<std::string>& lines) {
    storage::EventStore store(options());
    storage::Batch batch;
    batch.sources = {{"firewalls", "192.0.2.1"}};
    batch.reasons = {"not_cef", "cef_header_cut", "message_too_long"};
    parsers::Normalised message;
    for (const std::string& line : lines) {
      parsers::normalise(line, {kNow, cctz::utc_time_zone(), &identity_}, message);
      storage::IndexEntry entry = ingest::make_entry(message, kNow);
      if (message.error) entry.reason = std::string_view(message.error->code) == "not_cef" ? 1 : 2;
      if (line.size() > kLongest) entry.reason = 3;
      entry.offset = static_cast<std::uint32_t>(batch.bytes.size());
      entry.length = static_cast<std::uint32_t>(line.size());
      batch.bytes += line;
      batch.entries.push_back(entry);
    }
    store.append(batch, kNow);
  }

  // The places in `lines` of what is found, "0 3 "; `words` are --where conditions.
  std::string find(const std::vector<std::string>& words, query::Query query = {}) {
    for (const std::string& word : words) query.conditions.push_back(*query::Condition::parse(word, kNow));
    storage::StoreOptions read_only = options();
    read_only.read_only = true;
    storage::EventStore store(read_only);
    std::string places;
    query::Search search(std::move(query), config_, identity_);
    search.run(
        store,
        [&](query::Message& message) {
          places += std::to_string((message.id() & 0xffffffff) - 1) + " ";
          return true;
        },
        [](const query::Progress&) {});
    return places;
  }

  storage::StoreOptions options() const {
    storage::StoreOptions options;
    options.directory = directory_.path();
    return options;
  }
  const config::Config& config() const { return config_; }
  const parsers::IdentityMap& identity() const { return identity_; }

 private:
  support::TemporaryDirectory directory_;
  config::Config config_ = config::load_text("", "").config;
  parsers::IdentityMap identity_;
};

}  // namespace test

// What correlation looks up in the state database beyond alerts, sign-ins and findings: own passive DNS, the names
// below a domain, who was seen at a client's address, what a user's sign-ins looked like, and what was told of whom.
//
// All of it is derived from events and sign-ins; writing a fact twice changes nothing, and the order of writing does
// not matter. Threads: those of the State.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/time.h"
#include "storage/state.h"

namespace storage {

struct Told {
  std::string id, user, host, address;
  bool live = true;
};

struct TraitRow {
  parsers::TimePoint first{}, last{};
  std::uint64_t days = 0;  // bit (day since 1970 % 64) for each day, UTC
};

// Successful sign-ins of one user from one address.
struct Place {
  std::string address;
  parsers::TimePoint first{}, last{};
};

class StateLookup {
 public:
  explicit StateLookup(State& state);
  ~StateLookup();

  enum class Serving { known, earlier, novel };  // earlier: than the host was known to be anywhere
  Serving put_serving(std::uint64_t host_key, std::string_view address, parsers::TimePoint time);
  bool served(std::uint64_t host_key, std::string_view address);
  std::optional<parsers::TimePoint> served_since(std::uint64_t host_key);  // first time at any address

  void put_host_name(std::uint64_t domain_key, std::uint64_t host_key, parsers::TimePoint time);
  std::vector<std::uint64_t> hosts_of_domain(std::uint64_t domain_key, std::size_t limit);  // the latest seen first

  static constexpr std::chrono::minutes kSightingBucket{15};
  void put_sighting(std::string_view source, std::string_view user, parsers::TimePoint time);
  // Names seen at `source` in the buckets that [from, to] touches; each once, sorted.
  std::vector<std::string> users_at(std::string_view source, parsers::TimePoint from, parsers::TimePoint to);
  // Addresses at which `user` (a user principal name, or its bare account) was seen.
  std::vector<std::string> sources_of(std::string_view user, parsers::TimePoint from, parsers::TimePoint to);

  void put_trait(std::string_view upn, int kind, std::string_view value, parsers::TimePoint time);
  std::optional<TraitRow> trait(std::string_view upn, int kind, std::string_view value);
  std::optional<parsers::TimePoint> first_of_kind(std::string_view upn, int kind);
  // Users of the address (a trait of kind 0) who had no click on the host before; at most `limit`.
  std::size_t strangers_of_address(std::string_view address, std::uint64_t host_key, std::size_t limit);
  // Users whose first sign-in of all was from the address; at most `limit`.
  std::size_t residents_of_address(std::string_view address, std::size_t limit);
  // Users whose first sign-in from the address was before `before`; at most `limit`.
  std::size_t users_of_address(std::string_view address, parsers::TimePoint before, std::size_t limit);

  std::vector<Place> places(std::string_view upn, parsers::TimePoint from, parsers::TimePoint to);
  std::vector<std::string> addresses_of_session(std::string_view upn, std::string_view session, std::size_t limit);
  // Users who signed in from the address; each once, sorted.
  std::vector<std::string> users_from(std::string_view address, parsers::TimePoint from, parsers::TimePoint to,
                                      std::size_t limit);

  // Clicks without any name from this client; by (time, event).
  std::vector<ClickRow> nameless_clicks(std::string_view source, parsers::TimePoint from, parsers::TimePoint to);
  std::vector<std::string> nameless_sources();
  // Those of them at which `upn` was ever seen, or from which he ever signed in.
  std::vector<std::string> nameless_sources_of(std::string_view upn);
  struct Clicker {
    std::string user, account, source;  // source only without the others
  };
  std::vector<Clicker> clickers(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to,
                                std::size_t limit);
  struct ClickTime {
    std::uint64_t host_key = 0;
    std::string account, source;  // source only without an account
    parsers::TimePoint time{};
  };
  std::vector<ClickTime> click_times();  // of all clicks; the same second once
  std::uint64_t clicks_on(std::uint64_t host_key, std::uint64_t limit);

  void put_told(const Told& told);
  std::vector<Told> told_of_user(std::string_view user);
  std::vector<Told> told_of_host(std::string_view host, std::size_t limit);  // live ones, by user
  std::vector<std::string> users_told_of_address(std::string_view address, std::size_t limit);

  void forget_before(parsers::TimePoint before);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace storage

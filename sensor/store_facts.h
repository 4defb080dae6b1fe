// Correlation's questions, answered from the event store and the state database.
#pragma once

#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "sensor/correlate/facts.h"
#include "sensor/derive.h"
#include "storage/event_store.h"
#include "storage/state.h"
#include "storage/state_lookup.h"

namespace sensor {

class StoreFacts : public correlate::Facts {
 public:
  StoreFacts(storage::EventStore& events, storage::State& state, storage::StateLookup& lookup, Deriver& deriver,
             parsers::Duration window)
      : events_(events), state_(state), lookup_(lookup), deriver_(deriver), window_(window) {}

  std::vector<parsers::Alert> alerts_on_host(std::uint64_t host_key) override;
  std::vector<correlate::ClickRef> clicks_of(std::string_view upn) override;
  std::optional<correlate::Click> click(std::uint64_t event_id) override;
  std::vector<correlate::Click> reached(std::string_view upn, const std::vector<correlate::Span>& spans,
                                        std::string_view address) override;
  std::vector<std::string> users_of(const correlate::Click& click) override;
  std::vector<std::string> clickers(std::uint64_t host_key, const correlate::Span& span) override;
  std::vector<std::uint64_t> hosts_of_domain(std::uint64_t domain_key) override;
  std::vector<correlate::Place> places(std::string_view upn, const std::vector<correlate::Span>& spans) override;
  std::vector<parsers::SignIn> sign_ins(std::string_view upn, std::string_view address, const correlate::Span& span,
                                        std::size_t limit) override;
  std::vector<std::string> addresses_of_session(std::string_view upn, std::string_view session) override;
  std::optional<correlate::Seen> seen(std::string_view upn, correlate::Trait trait, std::string_view value) override;
  std::optional<parsers::TimePoint> first_seen(std::string_view upn, correlate::Trait trait) override;
  std::size_t users_from(std::string_view address, parsers::TimePoint before, std::size_t limit) override;
  std::size_t strangers_from(std::string_view address, std::uint64_t host_key, std::size_t limit) override;
  std::size_t residents_of(std::string_view address, std::size_t limit) override;
  bool served(std::uint64_t host_key, std::string_view address) override;
  std::optional<parsers::TimePoint> served_since(std::uint64_t host_key) override;
  std::vector<correlate::Click> clicks_on_host(std::uint64_t host_key, parsers::TimePoint from,
                                               parsers::TimePoint to) override;
  std::vector<parsers::SignIn> sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                parsers::TimePoint to) override;
  std::vector<correlate::ToldFinding> told(std::string_view upn) override;

  // Limits: of different people behind one host and of what stands in memory.
  static constexpr std::size_t kMaxClickers = 10'000;
  static constexpr std::size_t kMaxSiblings = 200;  // hosts below a lure's domain; the latest seen
  static constexpr std::size_t kMaxReached = 100;
  static constexpr std::size_t kMaxCachedClicks = 4096;
  static constexpr std::size_t kMaxCachedAlerts = 1024;

  void forget_alert(const std::string& id) { alerts_.erase(id); }  // its record changed
  // A message that will be asked for, while it is at hand: to read it from disk takes a whole block.
  void know(const storage::StoredEvent& stored);

 private:
  std::vector<std::string> users_of_account(std::string_view account, parsers::TimePoint time);
  bool is_of(const correlate::Click& row, std::string_view upn);
  std::vector<std::string> users_at(std::string_view source, parsers::TimePoint time);

  storage::EventStore& events_;
  storage::State& state_;
  storage::StateLookup& lookup_;
  Deriver& deriver_;
  parsers::Duration window_;
  // A message never changes, and who is judged once is judged again soon. Emptied when full.
  std::unordered_map<std::uint64_t, correlate::Click> clicks_;
  std::unordered_map<std::string, parsers::Alert> alerts_;
};

}  // namespace sensor

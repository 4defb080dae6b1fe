// Correlation's questions, answered from the event store and the state database.
#pragma once

#include "sensor/correlate/facts.h"
#include "sensor/derive.h"
#include "storage/event_store.h"
#include "storage/state.h"

namespace sensor {

class StoreFacts : public correlate::Facts {
 public:
  StoreFacts(storage::EventStore& events, storage::State& state, Deriver& deriver)
      : events_(events), state_(state), deriver_(deriver) {}

  std::vector<parsers::Alert> alerts_on_host(std::uint64_t host_key) override;
  std::vector<correlate::Click> clicks_on_host(std::uint64_t host_key, parsers::TimePoint from,
                                               parsers::TimePoint to) override;
  std::vector<correlate::Click> clicks_of_user(std::string_view upn, parsers::TimePoint from,
                                               parsers::TimePoint to) override;
  std::vector<parsers::SignIn> sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                parsers::TimePoint to) override;
  std::vector<parsers::SignIn> sign_ins_of_account(std::string_view account, parsers::TimePoint from,
                                                   parsers::TimePoint to) override;

 private:
  storage::EventStore& events_;
  storage::State& state_;
  Deriver& deriver_;
};

}  // namespace sensor

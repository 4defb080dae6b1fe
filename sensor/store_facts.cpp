#include "sensor/store_facts.h"

namespace sensor {

std::vector<parsers::Alert> StoreFacts::alerts_on_host(std::uint64_t host_key) {
  return state_.alerts_on_host(host_key);
}

std::vector<correlate::Click> StoreFacts::clicks_on_host(std::uint64_t host_key, parsers::TimePoint from,
                                                         parsers::TimePoint to) {
  std::vector<correlate::Click> clicks;
  for (const storage::StoredEvent& stored : events_.find_by_host(host_key, from, to)) {
    if (auto click = deriver_.click(stored)) clicks.push_back(std::move(*click));
  }
  return clicks;
}

std::vector<correlate::Click> StoreFacts::clicks_of_user(std::string_view upn, parsers::TimePoint from,
                                                         parsers::TimePoint to) {
  std::vector<correlate::Click> clicks;
  for (const storage::ClickRow& row : state_.clicks_of_user(upn, from, to)) {
    const auto stored = events_.read(row.event);
    if (!stored) continue;  // retention took the segment
    if (auto click = deriver_.click(*stored)) clicks.push_back(std::move(*click));
  }
  return clicks;
}

std::vector<parsers::SignIn> StoreFacts::sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                          parsers::TimePoint to) {
  return state_.sign_ins_of_user(upn, from, to);
}

std::vector<parsers::SignIn> StoreFacts::sign_ins_of_account(std::string_view account, parsers::TimePoint from,
                                                             parsers::TimePoint to) {
  return state_.sign_ins_of_account(account, from, to);
}

}  // namespace sensor

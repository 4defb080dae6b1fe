// All stored alerts or sign-ins, one after the other, some at a time: there may be millions.
#pragma once

#include "storage/state.h"

namespace sensor {

inline constexpr std::size_t kRecordsInMemory = 1000;

template <class Visit>
void for_each_alert(storage::State& state, Visit visit) {
  std::int64_t last = 0;
  for (auto some = state.alerts_after(last, kRecordsInMemory); !some.empty();
       some = state.alerts_after(last, kRecordsInMemory)) {
    for (const auto& [sequence, alert] : some) visit(alert);
    last = some.back().sequence;
  }
}

template <class Visit>
void for_each_sign_in(storage::State& state, Visit visit) {
  std::int64_t last = 0;
  for (auto some = state.sign_ins_after(last, kRecordsInMemory); !some.empty();
       some = state.sign_ins_after(last, kRecordsInMemory)) {
    for (const auto& [sequence, sign_in] : some) visit(sign_in);
    last = some.back().sequence;
  }
}

}  // namespace sensor

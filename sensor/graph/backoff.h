// How long to wait before asking again after failures: doubling, capped, and spread so that sensors don't march in
// step.
#pragma once

#include <algorithm>
#include <chrono>

namespace graph {

// `failures` in a row, at least 1; `unit` is random in [0, 1). Between half and all of min(cap, base * 2^(failures-1)).
inline std::chrono::milliseconds backoff(std::chrono::milliseconds base, std::chrono::milliseconds cap,
                                         unsigned failures, double unit) {
  auto wait = base;
  for (unsigned i = 1; i < failures && wait < cap; ++i) wait *= 2;
  wait = std::min(wait, cap);
  return std::chrono::milliseconds(static_cast<long long>(static_cast<double>(wait.count()) * (0.5 + unit / 2)));
}

}  // namespace graph

// Logging to standard error, or to the journal with its priorities when systemd started us. Lines are `Sentence.
// key=value`.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <string>
#include <string_view>

namespace runtime {

void start_log(spdlog::level::level_enum level);

// Remote text for a log line: control characters and non-ASCII escaped, cut at `most` bytes.
std::string printable(std::string_view text, std::size_t most = 200);

// Lets one line through every ten seconds, so that a peer can't fill the journal. One a call site and thread.
class LogLimit {
 public:
  bool pass() {
    const auto now = std::chrono::steady_clock::now();
    if (last_ != std::chrono::steady_clock::time_point{} && now - last_ < std::chrono::seconds(10)) return false;
    last_ = now;
    return true;
  }

 private:
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace runtime

#include "tests/bench/load_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bench {
namespace {

constexpr std::string_view kSeedKey = " loadSeed=", kNumberKey = " loadNumber=";

std::uint64_t number_at(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string load_mark(std::uint64_t seed, std::uint64_t number) {
  return fmt::format("{}{}{}{:0{}}", kSeedKey, seed, kNumberKey, number, kLoadNumberDigits);
}

void LoadVerifier::look_at(std::string_view text) {
  for (std::size_t at = text.find(kSeedKey); at != std::string_view::npos; at = text.find(kSeedKey, at + 1)) {
    const std::string_view mark = text.substr(at, kSeedKey.size() + 20 + kNumberKey.size() + kLoadNumberDigits);
    const std::size_t key = mark.find(kNumberKey);
    if (key == std::string_view::npos) continue;
    const std::uint64_t number = number_at(mark.substr(key + kNumberKey.size()));
    if (number_at(mark.substr(kSeedKey.size())) != seed_ || number == 0 || number >= seen_.size()) {
      ++foreign_;
    } else if (seen_[number]++ != 0) {
      ++repeated_;
    }
  }
}

std::uint64_t LoadVerifier::missing() const {
  return static_cast<std::uint64_t>(std::count(seen_.begin() + 1, seen_.end(), 0));
}

std::string LoadVerifier::missing_ranges(std::size_t most) const {
  std::string ranges;
  for (std::size_t begin = 1; begin < seen_.size() && most > 0;) {
    if (seen_[begin] != 0) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end + 1 < seen_.size() && seen_[end + 1] == 0) ++end;
    fmt::format_to(std::back_inserter(ranges), "{}{}{}", ranges.empty() ? "" : ", ", begin,
                   end == begin ? "" : "-" + std::to_string(end));
    begin = end + 1;
    --most;
  }
  return ranges;
}

}  // namespace bench

#include "storage/key_filter.h"

#include <algorithm>

namespace storage {
namespace {

constexpr std::size_t kBitsPerKey = 8;
constexpr unsigned kProbes = 6, kMaxProbes = 32;

// The places of a key: a start and a step from two halves of its mixed bits.
template <class Visit>
bool each_place(std::uint64_t key, unsigned probes, std::size_t bits, Visit visit) {
  const std::uint64_t mixed = (key ^ (key >> 29)) * 0x9e3779b97f4a7c15ull;
  auto place = static_cast<std::uint32_t>(mixed >> 32);
  const auto step = static_cast<std::uint32_t>(mixed) | 1u;
  for (unsigned probe = 0; probe < probes; ++probe, place += step) {
    // The upper half of the product spreads 32 bits over any range.
    if (!visit(static_cast<std::size_t>((std::uint64_t{place} * bits) >> 32))) return false;
  }
  return true;
}

}  // namespace

std::string make_key_filter(std::vector<std::uint64_t>& keys) {
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (!keys.empty() && keys.front() == 0) keys.erase(keys.begin());
  if (keys.empty()) return {};
  std::string filter(1 + (keys.size() * kBitsPerKey + 7) / 8, '\0');
  filter[0] = static_cast<char>(kProbes);
  const std::size_t bits = 8 * (filter.size() - 1);
  for (const std::uint64_t key : keys) {
    each_place(key, kProbes, bits, [&](std::size_t place) {
      filter[1 + place / 8] = static_cast<char>(static_cast<unsigned char>(filter[1 + place / 8]) | (1u << place % 8));
      return true;
    });
  }
  return filter;
}

bool may_hold(std::string_view filter, std::uint64_t key) {
  if (filter.empty()) return false;
  const auto probes = static_cast<unsigned char>(filter[0]);
  if (filter.size() < 2 || probes == 0 || probes > kMaxProbes) return true;
  return each_place(key, probes, 8 * (filter.size() - 1), [&](std::size_t place) {
    return (static_cast<unsigned char>(filter[1 + place / 8]) >> place % 8 & 1) != 0;
  });
}

}  // namespace storage

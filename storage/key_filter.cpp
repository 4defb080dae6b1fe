#include "storage/key_filter.h"

#include <algorithm>
#include <utility>

namespace storage {
namespace {

constexpr std::size_t kBitsPerKey = 8;
constexpr unsigned kProbes = 6, kMaxProbes = 32;
constexpr std::size_t kLeastSlots = 1024;

std::uint64_t mixed(std::uint64_t key) { return (key ^ (key >> 29)) * 0x9e3779b97f4a7c15ull; }

// The places of a key: a start and a step from two halves of its mixed bits.
template <class Visit>
bool each_place(std::uint64_t key, unsigned probes, std::size_t bits, Visit visit) {
  const std::uint64_t bits_of_key = mixed(key);
  auto place = static_cast<std::uint32_t>(bits_of_key >> 32);
  const auto step = static_cast<std::uint32_t>(bits_of_key) | 1u;
  for (unsigned probe = 0; probe < probes; ++probe, place += step) {
    // The upper half of the product spreads 32 bits over any range.
    if (!visit(static_cast<std::size_t>((std::uint64_t{place} * bits) >> 32))) return false;
  }
  return true;
}

}  // namespace

KeyFilterMaker::KeyFilterMaker() : slots_(kLeastSlots) {}

void KeyFilterMaker::add(std::uint64_t key) {
  if (key == 0) return;
  if (2 * keys_.size() >= slots_.size()) {
    slots_.assign(2 * slots_.size(), 0);
    for (const std::uint64_t known : std::exchange(keys_, {})) insert(known);
  }
  insert(key);
}

void KeyFilterMaker::insert(std::uint64_t key) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (mixed(key) >> 32) & mask;
  while (slots_[at] != 0 && slots_[at] != key) at = (at + 1) & mask;
  if (slots_[at] == key) return;
  slots_[at] = key;
  keys_.push_back(key);
}

std::string KeyFilterMaker::make() {
  if (keys_.empty()) return {};
  std::string filter(1 + (keys_.size() * kBitsPerKey + 7) / 8, '\0');
  filter[0] = static_cast<char>(kProbes);
  const std::size_t bits = 8 * (filter.size() - 1);
  for (const std::uint64_t key : keys_) {
    each_place(key, kProbes, bits, [&](std::size_t place) {
      filter[1 + place / 8] = static_cast<char>(static_cast<unsigned char>(filter[1 + place / 8]) | (1u << place % 8));
      return true;
    });
  }
  keys_.clear();
  std::ranges::fill(slots_, 0);
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

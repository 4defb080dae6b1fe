// A Bloom filter over the keys of a block: tells for certain that a block does not hold a user or an address.
//
//   filter = probes (1 byte) bits (the rest); no bytes at all: there are no keys
//
// Eight bits a key and six probes: one block in 45 is looked into in vain, at a byte a key where the key itself would
// take 6 that can't be compressed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace storage {

// `keys` in any order and number; 0 is no key. They are sorted in place.
std::string make_key_filter(std::vector<std::uint64_t>& keys);

// Of a block whose keys are no longer known: it may hold everything.
inline constexpr std::string_view kUnknownKeys{"\0", 1};

// False: the filter was made without `key`. A damaged filter may hold everything.
bool may_hold(std::string_view filter, std::uint64_t key);

}  // namespace storage

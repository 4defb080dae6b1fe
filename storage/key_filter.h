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

// Reuse one per thread: in the steady state only the filter itself is allocated.
class KeyFilterMaker {
 public:
  KeyFilterMaker();
  void add(std::uint64_t key);  // in any order and number; 0 is no key
  // Of what was added since the last one.
  std::string make();

 private:
  void insert(std::uint64_t key);

  std::vector<std::uint64_t> keys_;   // each once
  std::vector<std::uint64_t> slots_;  // the same as a hash table, at most half full; 0: free
};

// Of a block whose keys are no longer known: it may hold everything.
inline constexpr std::string_view kUnknownKeys{"\0", 1};

// False: the filter was made without `key`. A damaged filter may hold everything.
bool may_hold(std::string_view filter, std::uint64_t key);

}  // namespace storage

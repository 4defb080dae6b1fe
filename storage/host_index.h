// The host index of a sealed segment: which blocks hold a host. Built once, from the host lists of the blocks.
//
//   chunk = *( key(8) block-count(varint) *( difference to the ordinal before (varint) ) ), ordered by signed key
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite.h"

namespace storage {

class HostIndexBuilder {
 public:
  void add(std::string_view hosts, std::uint32_t first);  // blocks in the order of their ordinals
  void write(Connection& connection);                     // into table host_index

 private:
  struct Posting {
    std::int64_t key;
    std::uint32_t first;
    auto operator<=>(const Posting&) const = default;
  };
  std::vector<Posting> postings_;
};

// First ordinals of the blocks of `key` within the chunk that may hold it; nullopt when the chunk is damaged.
std::optional<std::vector<std::uint32_t>> find_in_chunk(std::string_view chunk, std::uint64_t key);

}  // namespace storage

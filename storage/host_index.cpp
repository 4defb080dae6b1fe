#include "storage/host_index.h"

#include <algorithm>

#include "storage/bytes.h"
#include "storage/column_codec.h"

namespace storage {
namespace {

constexpr std::size_t kChunkBytes = 4 * 1024;  // read as a whole for every host; two stand in a page

}  // namespace

void HostIndexBuilder::add(std::string_view hosts, std::uint32_t first) {
  for (ByteReader reader(hosts); !reader.at_end() && reader.ok();) {
    const std::uint64_t key = take_host(reader);
    if (key != 0) postings_.push_back({static_cast<std::int64_t>(key), first});
  }
}

void HostIndexBuilder::write(Connection& connection) {
  std::ranges::sort(postings_);
  Statement insert(connection, "INSERT INTO host_index(first_key, chunk) VALUES (?, ?)");
  std::string chunk;
  std::int64_t first_key = 0;
  const auto flush = [&] {
    if (!chunk.empty()) insert.use().bind(first_key).bind_blob(chunk).run();
    chunk.clear();
  };
  for (auto at = postings_.begin(); at != postings_.end();) {
    const auto end = std::find_if(at, postings_.end(), [&](const Posting& next) { return next.key != at->key; });
    if (chunk.empty()) first_key = at->key;
    put_fixed(chunk, static_cast<std::uint64_t>(at->key));
    put_varint(chunk, static_cast<std::uint64_t>(end - at));
    for (std::uint32_t before = 0; at != end; before = at++->first) put_varint(chunk, at->first - before);
    if (chunk.size() >= kChunkBytes) flush();
  }
  flush();
}

std::optional<std::vector<std::uint32_t>> find_in_chunk(std::string_view chunk, std::uint64_t key) {
  std::vector<std::uint32_t> blocks;
  ByteReader reader(chunk);
  while (reader.ok() && !reader.at_end()) {
    const bool found = reader.fixed<std::uint64_t>() == key;
    std::uint64_t first = 0;
    for (auto count = reader.varint(); count > 0 && reader.ok(); --count) {
      first += reader.varint();
      if (found) blocks.push_back(static_cast<std::uint32_t>(first));
    }
    if (found) break;
  }
  if (!reader.ok()) return std::nullopt;
  return blocks;
}

}  // namespace storage

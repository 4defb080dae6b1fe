#include "storage/packed_parts.h"

namespace storage {

bool PackedParts::find(std::string_view packed, std::size_t max_bytes) {
  ByteReader reader(packed);
  total = reader.varint();
  if (!reader.ok() || total > max_bytes) return false;
  names_.clear();
  const std::uint64_t name_count = reader.varint();
  if (name_count > reader.rest().size()) return false;
  for (std::uint64_t i = 0; i < name_count && reader.ok(); ++i) names_.push_back(reader.take(reader.varint()));
  if (!reader.ok() || !find_nodes(reader)) return false;
  count = reader.varint();
  ends = reader;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) reader.varint();
  ByteReader sizes = reader;
  for (std::size_t i = 0; i < nodes.size(); ++i) reader.varint();
  for (Node& node : nodes) node.values = reader.take(sizes.varint());
  lone = reader;
  return reader.ok();
}

bool PackedParts::find_nodes(ByteReader& reader) {
  const std::uint64_t node_count = reader.varint();
  if (node_count >= kMaxNodes) return false;
  nodes.assign(node_count + 1, {});
  for (std::uint64_t i = 1; i <= node_count; ++i) {
    const std::uint64_t parent = reader.varint(), name = reader.varint();
    if (!reader.ok() || parent >= i || name >= names_.size()) return false;
    nodes[i].parent = static_cast<std::uint32_t>(parent);
    nodes[i].name = names_[name];
  }
  return true;
}

}  // namespace storage

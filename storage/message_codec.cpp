#include "storage/message_codec.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "storage/bytes.h"
#include "storage/packed_parts.h"

namespace storage {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::size_t kHeaderPipes = 3;  // behind version, vendor and product: what comes next varies by event
constexpr std::size_t kMaxHeaderBytes = 256;
constexpr std::string_view kPlainMark = "\x01", kPackedMark = "\x02";
// Beyond a LF for each name, which takes 2 bytes at least: the tables, and 3 bytes for each empty message.
constexpr std::size_t kMostOverhead = std::size_t{4} << 20;
constexpr std::size_t kMostUncutShare = 16;  // more than a sixteenth: not all that is like stands together
constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15u;
constexpr std::size_t kFewestForAll = 8;  // where an eighth is wanted, to make all costs no more

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = seed ^ text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    hash = (hash ^ word) * kMix;
    hash ^= hash >> 32;
  }
  std::uint64_t word = 0;
  std::memcpy(&word, text.data(), text.size());
  hash = (hash ^ word) * kMix;
  return hash ^ hash >> 32;
}

inline std::uint64_t word_at(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Equality without a call. `a` may be read up to `room` bytes, `b` always 8.
[[gnu::always_inline]] inline bool equal(std::string_view a, std::size_t room, const char* b, std::size_t size) {
  if (a.size() != size) return false;
  if (size == 0) return true;
  if (size < 8) {
    if (room < 8) return std::memcmp(a.data(), b, size) == 0;
    std::uint64_t difference = word_at(a.data()) ^ word_at(b);
    if constexpr (std::endian::native == std::endian::little)
      difference <<= 8 * (8 - size);
    else
      difference >>= 8 * (8 - size);
    return difference == 0;
  }
  const char *const a_end = a.data() + size, *const b_end = b + size;
  if (size <= 16) return ((word_at(a.data()) ^ word_at(b)) | (word_at(a_end - 8) ^ word_at(b_end - 8))) == 0;
  for (std::size_t i = 0; i + 16 < size; i += 16)
    if (std::memcmp(a.data() + i, b + i, 16) != 0) return false;
  return std::memcmp(a_end - 16, b_end - 16, 16) == 0;
}

// " name=" or "|name=": a URL that follows a blank and holds a '=' is none.
bool is_name(std::string_view text) {
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  };
  return text.size() <= MessagePacker::kMaxNameBytes && std::all_of(text.begin() + 1, text.end() - 1, belongs);
}

// The number in `slots` that `is_it` accepts, or the free slot for it.
template <class IsIt>
std::uint32_t& slot_of(std::vector<std::uint32_t>& slots, std::uint64_t hash, IsIt is_it) {
  for (std::size_t at = hash & (slots.size() - 1);; at = (at + 1) & (slots.size() - 1))
    if (slots[at] == 0 || is_it(slots[at])) return slots[at];
}

}  // namespace

void MessagePacker::Column::grow(std::size_t needed) {
  const std::size_t size = view().size(), room = static_cast<std::size_t>(limit - bytes.get());
  const std::size_t capacity = std::max(2 * room, size + needed + 1024);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (size != 0) std::memcpy(larger.get(), bytes.get(), size);
  bytes = std::move(larger);
  end = bytes.get() + size;
  limit = bytes.get() + capacity;
}

void MessagePacker::Column::clear() {
  end = bytes.get();
  texts = {};
}

// As many bytes as `before` and `room` say may be read in front of the value, and from its beginning on.
[[gnu::always_inline]] inline void MessagePacker::Column::append(std::string_view value, std::size_t before,
                                                                 std::size_t room) {
  if (static_cast<std::size_t>(limit - end) < value.size() + kSlack) grow(value.size() + kSlack);
  const std::size_t place = place_of(value, before);
  Text& known = texts[place];
  char* to = end;
  if (equal(value, room, bytes.get() + known.at, known.size)) {
    *to = static_cast<char>(kReference + place);
    end = to + 1;
    return;
  }
  if (!value.empty() && begins_like_code(value[0])) *to++ = static_cast<char>(kLiteral);
  known = {static_cast<std::uint32_t>(to - bytes.get()), static_cast<std::uint32_t>(value.size())};
  copy_short(to, value.data(), value.size(), std::min(room, kSlack - 2));
  to += value.size();
  *to = '\n';
  end = to + 1;
}

MessagePacker::MessagePacker() : node_slots_(kSlots), name_slots_(kSlots) {
  nodes_.reserve(kMaxNodes);
  clear();
}

void MessagePacker::clear() {
  for (Node& node : nodes_) node.column->clear();
  nodes_.clear();
  add_node(0, 0, {});
  std::ranges::fill(node_slots_, 0);
  std::ranges::fill(name_slots_, 0);
  total_ = uncut_ = name_count_ = 0;
  ends_.clear();
  lone_.clear();
}

void MessagePacker::add_node(std::uint32_t parent, std::uint32_t name, std::string_view text) {
  if (columns_.size() == nodes_.size()) columns_.emplace_back();
  nodes_.push_back({parent, name, &columns_[nodes_.size()], nullptr, text});
}

std::uint32_t MessagePacker::find_or_add_name(std::string_view name) {
  std::uint32_t& slot =
      slot_of(name_slots_, hash_of(name, 0), [&](std::uint32_t number) { return names_[number - 1] == name; });
  if (slot != 0) return slot - 1;
  if (name_count_ == names_.size()) names_.emplace_back();
  names_[name_count_].assign(name);
  slot = static_cast<std::uint32_t>(++name_count_);
  return slot - 1;
}

std::uint32_t MessagePacker::find_or_add_child(std::uint32_t node, std::string_view name) {
  std::uint32_t& slot = slot_of(node_slots_, hash_of(name, node + 1), [&](std::uint32_t number) {
    return nodes_[number].parent == node && nodes_[number].text == name;
  });
  if (slot != 0 || nodes_.size() == kMaxNodes) return slot;
  slot = static_cast<std::uint32_t>(nodes_.size());
  const std::uint32_t number = find_or_add_name(name);
  add_node(node, number, names_[number]);
  return slot;
}

MessagePacker::Node* MessagePacker::child(Node& node, std::string_view name) {
  const std::uint32_t found = find_or_add_child(static_cast<std::uint32_t>(&node - nodes_.data()), name);
  return found == 0 ? nullptr : node.next = &nodes_[found];
}

// The node of " CEF:0|vendor|product|", with what stands in front of it as the root's value; null where there is none.
MessagePacker::Node* MessagePacker::take_header(std::string_view message, std::size_t& value_begin) {
  const std::string_view head = message.substr(0, kMaxHeaderBytes);
  const std::size_t first = head.find('|');
  std::size_t pipe = first;
  for (std::size_t i = 1; i < kHeaderPipes && pipe != kNone; ++i) pipe = head.find('|', pipe + 1);
  if (pipe == kNone || head.substr(0, pipe).find('=') != kNone) return nullptr;
  const std::size_t blank = head.rfind(' ', first);
  const std::size_t begin = blank == kNone ? 0 : blank;
  Node* const node = child(nodes_[0], message.substr(begin, pipe + 1 - begin));
  if (node == nullptr) return nullptr;
  nodes_[0].column->append(message.substr(0, begin), 0, message.size());
  value_begin = pipe + 1;
  return node;
}

void MessagePacker::add(std::string_view message) {
  total_ += message.size();
  if (message.find('\n') != kNone) {
    put_varint(lone_, message.size());
    lone_ += message;
    ends_.push_back(0);
    uncut_ += message.size();
    return;
  }
  std::size_t begin = 0;  // of the value
  Node* node = take_header(message, begin);
  bool is_first = node != nullptr;  // behind a header the first name follows a '|'
  if (node == nullptr) node = nodes_.data();
  const char* const text = message.data();
  const std::size_t size = message.size();
  std::size_t depth = 1;
  parsers::for_each_equals(message, scan_, [&](const parsers::Equals& equals) {
    const std::size_t at = equals.at;
    std::size_t start = equals.behind_blank == 0 ? kNone : equals.behind_blank - 1u;
    if (depth == kMaxDepth) return;
    if (is_first) {
      is_first = false;
      const std::size_t pipe = message.rfind('|', at);
      if (start == kNone || pipe > start) start = pipe;
    }
    if (start - begin >= size) return;  // it lies in front of `begin`, or nowhere
    const std::string_view name(text + start, at + 1 - start);
    Node* next = node->next;
    if (next == nullptr || !equal(name, size - start, next->text.data(), next->text.size())) {
      if (!is_name(name)) return;
      next = child(*node, name);
      if (next == nullptr) return;
    }
    node->column->append({text + begin, start - begin}, begin, size - begin);
    node = next;
    begin = at + 1;
    ++depth;
  });
  node->column->append({text + begin, size - begin}, begin, size - begin);
  if (node == nodes_.data()) uncut_ += size;
  ends_.push_back(static_cast<std::uint32_t>(node - nodes_.data()) + 1);
}

std::string_view MessagePacker::pack() {
  packed_.clear();
  put_varint(packed_, total_);
  put_varint(packed_, name_count_);
  for (std::size_t i = 0; i < name_count_; ++i) {
    put_varint(packed_, names_[i].size());
    packed_ += names_[i];
  }
  put_varint(packed_, nodes_.size() - 1);
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    put_varint(packed_, nodes_[i].parent);
    put_varint(packed_, nodes_[i].name);
  }
  put_varint(packed_, ends_.size());
  for (const std::uint32_t end : ends_) put_varint(packed_, end);
  for (const Node& node : nodes_) put_varint(packed_, node.column->view().size());
  for (const Node& node : nodes_) packed_.append(node.column->view());
  packed_ += lone_;
  return packed_;
}

namespace {

class Unpacker {
 public:
  Unpacker(std::string_view packed, Values values, std::string& out)
      : packed_(packed), packed_end_(packed.data() + packed.size()), form_(values), out_(out) {}

  bool run(std::size_t max_bytes) {
    if (!parts_.find(packed_, max_bytes)) return false;
    nodes_.resize(parts_.nodes.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const PackedParts::Node& part = parts_.nodes[i];
      nodes_[i].parent = part.parent;
      nodes_[i].name = part.name;
      nodes_[i].name_room = i == 0 ? 0 : static_cast<std::size_t>(packed_end_ - part.name.data());
      nodes_[i].value = part.values.data();
      nodes_[i].values_end = part.values.data() + part.values.size();
    }
    out_.resize(parts_.total);
    at_ = out_.data();
    end_ = at_ + parts_.total;
    for (std::uint64_t i = 0; i < parts_.count; ++i) {
      const std::uint64_t end = parts_.ends.varint();
      if (end > nodes_.size() || !(end == 0 ? lone() : message(static_cast<std::uint32_t>(end - 1)))) return false;
    }
    return at_ == end_;
  }

 private:
  struct Node {
    std::uint32_t parent = 0;
    std::string_view name;
    std::size_t name_room = 0;
    const char *value = nullptr, *values_end = nullptr;
    std::array<std::string_view, MessagePacker::kPlaces> texts{};
    std::vector<std::uint32_t> path;  // the nodes from below the root to this one, where a message has ended here
  };

  // Up to `room` bytes of the text may be read.
  bool put(std::string_view text, std::size_t room) {
    const auto left = static_cast<std::size_t>(end_ - at_);
    if (left < text.size()) return false;
    copy_short(at_, text.data(), text.size(), std::min(left, room));
    at_ += text.size();
    return true;
  }

  bool put_value(Node& node) {
    if (node.value == node.values_end) return false;
    if (form_ == Values::with_references && begins_like_code(*node.value)) {
      const auto code = static_cast<unsigned char>(*node.value++);
      if (code != kLiteral) {
        const std::string_view text = node.texts[code - kReference];
        return put(text, text.empty() ? 0 : static_cast<std::size_t>(packed_end_ - text.data()));
      }
    }
    const auto left = static_cast<std::size_t>(node.values_end - node.value);
    const auto* stop = left == 0 ? nullptr : static_cast<const char*>(std::memchr(node.value, '\n', left));
    if (stop == nullptr) return false;
    const std::string_view text(node.value, static_cast<std::size_t>(stop - node.value));
    if (form_ == Values::with_references)
      node.texts[place_of(text, static_cast<std::size_t>(text.data() - packed_.data()))] = text;
    node.value = stop + 1;
    return put(text, left);
  }

  bool message(std::uint32_t end) {
    if (!put_value(nodes_[0])) return false;
    std::vector<std::uint32_t>& path = nodes_[end].path;
    if (path.empty()) {
      for (std::uint32_t node = end; node != 0; node = nodes_[node].parent) path.push_back(node);
      std::ranges::reverse(path);
    }
    for (const std::uint32_t node : path)
      if (!put(nodes_[node].name, nodes_[node].name_room) || !put_value(nodes_[node])) return false;
    return true;
  }

  bool lone() {
    const std::string_view text = parts_.lone.take(parts_.lone.varint());
    return parts_.lone.ok() && put(text, text.size());
  }

  std::string_view packed_;
  const char* packed_end_;
  PackedParts parts_;
  Values form_;
  std::string& out_;
  std::vector<Node> nodes_;
  char *at_ = nullptr, *end_ = nullptr;
};

}  // namespace

bool unpack_messages(std::string_view packed, Values values, std::size_t max_bytes, std::string& out) {
  return Unpacker(packed, values, out).run(max_bytes);
}

std::string_view MessageEncoder::encode(std::string_view bytes, std::span<const IndexEntry> entries,
                                        Compressor& compressor) {
  packer_.clear();
  for (const IndexEntry& entry : entries) packer_.add(bytes.substr(entry.offset, entry.length));
  const bool is_cut = packer_.uncut_bytes() <= packer_.bytes() / kMostUncutShare;
  return compressor.compress(packer_.pack(), kPackedMark,
                             is_cut ? Compressor::Likeness::near : Compressor::Likeness::far);
}

namespace {

// How the values of packed messages stand; nullopt: the messages are not packed.
std::optional<Values> form_of(std::string_view raw) {
  if (raw.starts_with(kPackedMark)) return Values::with_references;
  if (raw.starts_with(kPlainMark)) return Values::plain;
  return std::nullopt;
}

}  // namespace

bool MessageDecoder::unwrap(std::string_view raw, std::size_t max_bytes, Decompressor& decompressor) {
  return decompressor.decompress(raw.substr(kPackedMark.size()), 2 * max_bytes + kMostOverhead, packed_);
}

bool MessageDecoder::decode(std::string_view raw, std::size_t max_bytes, Decompressor& decompressor, std::string& out) {
  const auto form = form_of(raw);
  if (!form) return decompressor.decompress(raw, max_bytes, out);
  return unwrap(raw, max_bytes, decompressor) && unpack_messages(packed_, *form, max_bytes, out);
}

bool MessageDecoder::decode_some(std::string_view raw, std::span<const IndexEntry> entries,
                                 std::span<const std::uint32_t> wanted, Decompressor& decompressor, std::string& out) {
  const auto form = form_of(raw);
  const std::size_t max_bytes = total_bytes(entries);
  if (!form || wanted.size() > entries.size() / kFewestForAll)
    return decode(raw, max_bytes, decompressor, out) && out.size() == max_bytes;
  return unwrap(raw, max_bytes, decompressor) && picker_.pick(packed_, *form, entries, wanted, out);
}

}  // namespace storage

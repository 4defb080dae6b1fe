#include "storage/message_picker.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "parsers/lanes.h"

namespace storage {
namespace {

constexpr std::uint32_t kPieceBytes = 64;

// Bit i: whether byte i of 64 is a LF, and whether it would be a reference at the beginning of a value.
struct ByteKinds {
  std::uint64_t line_feeds = 0, codes = 0;
};

[[gnu::always_inline]] inline ByteKinds kinds_of(const char* bytes) {
  ByteKinds kinds;
  for (unsigned i = 0; i < kPieceBytes; i += parsers::Lanes::kBytes) {
    const parsers::Lanes lanes(bytes + i);
    kinds.line_feeds |= std::uint64_t{lanes.equal('\n').bits()} << i;
    kinds.codes |= std::uint64_t{lanes.within(kReference, kReference + kPlacesOfTexts - 1).bits()} << i;
  }
  return kinds;
}

// std::popcount is a call where the processor need not know it.
constexpr std::uint32_t count_bits(std::uint64_t bits) {
  bits -= bits >> 1 & 0x5555555555555555u;
  bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return static_cast<std::uint32_t>((bits * 0x0101010101010101u) >> 56);
}

constexpr std::uint64_t bits_below(std::uint32_t bit) { return (std::uint64_t{1} << bit) - 1; }
constexpr std::uint32_t last_bit(std::uint64_t bits) { return 63 - static_cast<std::uint32_t>(std::countl_zero(bits)); }

}  // namespace

bool MessagePicker::pick(std::string_view packed, Values values, std::span<const IndexEntry> entries,
                         std::span<const std::uint32_t> wanted, std::string& out) {
  const std::size_t total = total_bytes(entries);
  form_ = values;
  if (!take_up(packed, total) || parts_.count != entries.size()) return false;
  out.resize(total);
  out_end_ = out.data() + total;
  ByteReader ends = parts_.ends, lone = parts_.lone;
  auto next = wanted.begin();
  for (std::uint32_t i = 0; next != wanted.end(); ++i) {
    const std::uint64_t end = ends.varint();
    if (i == entries.size() || end > columns_.size()) return false;
    const bool is_wanted = *next == i;
    if (is_wanted) {
      at_ = out.data() + entries[i].offset;
      message_end_ = at_ + entries[i].length;
      ++next;
    }
    if (end == 0) {
      const std::string_view text = lone.take(lone.varint());
      if (!lone.ok() || (is_wanted && !put(text))) return false;
    } else {
      const auto node = static_cast<std::uint32_t>(end - 1);
      if (is_wanted && !put_message(node)) return false;
      if (pending_[node]++ == 0) pending_nodes_.push_back(node);
    }
    if (is_wanted && at_ != message_end_) return false;
  }
  return true;
}

bool MessagePicker::take_up(std::string_view packed, std::size_t total) {
  packed_ = packed;
  if (!parts_.find(packed, total) || parts_.total != total) return false;
  columns_.assign(parts_.nodes.size(), {});
  pending_.assign(parts_.nodes.size(), 0);
  pending_nodes_.clear();
  known_count_ = 0;
  std::size_t pieces = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].values = parts_.nodes[i].values;
    columns_[i].first_piece = static_cast<std::uint32_t>(pieces);
    pieces += (columns_[i].values.size() + kPieceBytes - 1) / kPieceBytes;
  }
  if (pieces_.size() < pieces) pieces_.resize(pieces);
  return true;
}

void MessagePicker::pass_pending() {
  for (const std::uint32_t end : pending_nodes_) {
    const std::uint32_t count = std::exchange(pending_[end], 0);
    for (std::uint32_t node = end; node != 0; node = parts_.nodes[node].parent) columns_[node].passed += count;
    columns_[0].passed += count;
  }
  pending_nodes_.clear();
}

bool MessagePicker::put_message(std::uint32_t end) {
  pass_pending();
  path_.clear();
  for (std::uint32_t node = end; node != 0; node = parts_.nodes[node].parent) path_.push_back(node);
  if (!put_value(columns_[0])) return false;
  for (std::size_t i = path_.size(); i-- > 0;)
    if (!put(parts_.nodes[path_[i]].name) || !put_value(columns_[path_[i]])) return false;
  return true;
}

bool MessagePicker::put(std::string_view text) {
  if (static_cast<std::size_t>(message_end_ - at_) < text.size()) return false;
  if (text.empty()) return true;
  // What is written beyond the message belongs to later ones, which are still to come.
  const auto readable = static_cast<std::size_t>(packed_.data() + packed_.size() - text.data());
  copy_short(at_, text.data(), text.size(), std::min(static_cast<std::size_t>(out_end_ - at_), readable));
  at_ += text.size();
  return true;
}

bool MessagePicker::put_value(Column& column) {
  const std::uint32_t wanted = column.passed;
  for (;; ++column.piece) {
    if (column.piece == column.seen && !see_piece(column)) return false;
    const std::uint32_t count = count_bits(pieces_[column.first_piece + column.piece].ends);
    if (column.values_before + count > wanted) break;
    column.values_before += count;
  }
  std::uint64_t ends = pieces_[column.first_piece + column.piece].ends;
  for (std::uint32_t i = column.values_before; i < wanted; ++i) ends &= ends - 1;
  const std::uint32_t end = column.piece * kPieceBytes + static_cast<std::uint32_t>(std::countr_zero(ends));
  if (column.values[end] == '\n') return put(text_ending_at(column, end));
  return put(text_before(column, end, static_cast<unsigned char>(column.values[end]) - kReference));
}

// False at the end of the values.
bool MessagePicker::see_piece(Column& column) {
  const std::size_t begin = std::size_t{column.seen} * kPieceBytes;
  if (begin >= column.values.size()) return false;
  const char* bytes = column.values.data() + begin;
  char padded[kPieceBytes] = {};
  if (static_cast<std::size_t>(packed_.data() + packed_.size() - bytes) < kPieceBytes) {
    std::memcpy(padded, bytes, column.values.size() - begin);
    bytes = padded;
  }
  ByteKinds kinds = kinds_of(bytes);
  if (form_ == Values::plain) kinds.codes = 0;
  // A value begins behind a LF, and behind a reference that is a value itself: the sum carries through a run of codes
  // from where a value begins, and leaves the others.
  const std::uint64_t begins = kinds.line_feeds << 1 | (column.is_at_begin ? 1u : 0u);
  const std::uint64_t references = kinds.codes & ~(kinds.codes + (kinds.codes & begins));
  std::uint64_t ends = kinds.line_feeds | references;
  column.is_at_begin = ends >> 63 != 0;
  const std::size_t left = column.values.size() - begin;
  if (left < kPieceBytes) ends &= bits_below(static_cast<std::uint32_t>(left));
  pieces_[column.first_piece + column.seen++] = {ends, ends & kinds.line_feeds};
  return true;
}

std::string_view MessagePicker::text_ending_at(const Column& column, std::uint32_t end) const {
  std::uint32_t piece = end / kPieceBytes;
  std::uint64_t ends = pieces_[column.first_piece + piece].ends & bits_below(end % kPieceBytes);
  while (ends == 0 && piece != 0) ends = pieces_[column.first_piece + --piece].ends;
  const std::uint32_t begin = ends == 0 ? 0 : piece * kPieceBytes + last_bit(ends) + 1;
  std::string_view text = column.values.substr(begin, end - begin);
  if (form_ == Values::with_references && !text.empty() && static_cast<unsigned char>(text[0]) == kLiteral)
    text.remove_prefix(1);
  return text;
}

// What the place had when the value that ends at `end` was written. It is looked for no further back than last time.
std::string_view MessagePicker::text_before(Column& column, std::uint32_t end, std::size_t place) {
  if (column.known == 0) {
    if (known_.size() == known_count_) known_.emplace_back();
    known_[known_count_] = {};
    column.known = static_cast<std::uint32_t>(++known_count_);
  }
  Known& known = known_[column.known - 1][place];
  const std::uint32_t as_of = std::exchange(known.as_of, end);
  std::uint32_t piece = end / kPieceBytes;
  std::uint64_t texts = pieces_[column.first_piece + piece].texts & bits_below(end % kPieceBytes);
  for (;; texts = pieces_[column.first_piece + --piece].texts) {
    for (; texts != 0; texts &= bits_below(last_bit(texts))) {
      const std::uint32_t text_end = piece * kPieceBytes + last_bit(texts);
      if (text_end < as_of) return known.text;
      const std::string_view text = text_ending_at(column, text_end);
      if (place_of(text, static_cast<std::size_t>(text.data() - packed_.data())) == place) return known.text = text;
    }
    if (piece == 0 || piece * kPieceBytes < as_of) return known.text;
  }
}

}  // namespace storage

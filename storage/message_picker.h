// Takes a few messages out of packed ones (message_codec.h) without putting the others together.
//
// Which value of each field is wanted follows from counting the paths before. The values in front of it are counted by
// their last bytes, 64 at a time: a LF, or a reference where a value begins. What a reference stands for is looked for
// backwards from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/event_store.h"
#include "storage/packed_parts.h"

namespace storage {

// Reuse one per thread: in the steady state nothing is allocated.
class MessagePicker {
 public:
  // Puts messages to their places in `out`: `wanted`, ascending, are numbers of `entries`, which are those of all that
  // is packed. What else `out` has is no message. False when `packed` is damaged, or doesn't agree with the entries;
  // all that was not wanted may be damaged unseen.
  bool pick(std::string_view packed, Values values, std::span<const IndexEntry> entries,
            std::span<const std::uint32_t> wanted, std::string& out);

 private:
  // What is at the place of a node's texts, as of the value that ends at `as_of`.
  struct Known {
    std::string_view text;
    std::uint32_t as_of = 0;
  };
  // Bit i is about the byte i of 64.
  struct Piece {
    std::uint64_t ends = 0;   // of values
    std::uint64_t texts = 0;  // which of these end a text, and are no reference
  };
  struct Column {
    std::string_view values;
    std::uint32_t passed = 0;       // values of the messages so far
    std::uint32_t first_piece = 0;  // in pieces_
    std::uint32_t seen = 0;         // pieces of which is known what they hold
    std::uint32_t piece = 0,
                  values_before = 0;  // where the last value ended, and the values that end before that piece
    std::uint32_t known = 0;          // 1 + the number in known_; 0: none
    bool is_at_begin = true;          // whether a value begins at the first byte that was not seen
  };

  bool take_up(std::string_view packed, std::size_t total);
  void pass_pending();
  bool put_message(std::uint32_t end);
  bool put_value(Column& column);
  bool put(std::string_view text);
  bool see_piece(Column& column);
  std::string_view text_ending_at(const Column& column, std::uint32_t end) const;
  std::string_view text_before(Column& column, std::uint32_t end, std::size_t place);

  PackedParts parts_;
  Values form_ = Values::with_references;
  std::string_view packed_;
  std::vector<Column> columns_;  // of the nodes
  std::vector<Piece> pieces_;
  std::vector<std::array<Known, kPlacesOfTexts>> known_;
  std::size_t known_count_ = 0;
  std::vector<std::uint32_t> pending_;  // messages since the last that was wanted, by the node where their path ends
  std::vector<std::uint32_t> pending_nodes_, path_;
  char *at_ = nullptr, *message_end_ = nullptr, *out_end_ = nullptr;
};

}  // namespace storage

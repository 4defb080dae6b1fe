// Finds the '=' of a text with the blank in front of each: 64 bytes at a time, with AVX2 or SSE2 where the machine has
// it, else byte by byte.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parsers {

inline constexpr std::size_t kBlockBytes = 64;

// Of up to 1,024 bytes, enough for most messages: bit i of word n stands for byte 64 * n + i.
struct ByteMasks {
  static constexpr std::size_t kWords = 16;
  static constexpr std::size_t kBytes = kWords * kBlockBytes;
  std::array<std::uint64_t, kWords> equals;
  std::array<std::uint64_t, kWords> blanks;
};

// Fills a word for every 64 bytes that are begun of `text`, which is no longer than ByteMasks::kBytes. Whether it holds
// a rare byte: '\\', '#', '%', a control character, or a byte outside ASCII.
bool scan_bytes(std::string_view text, ByteMasks& masks);
// The same without the machine's help; what scan_bytes is compared with.
bool scan_bytes_one_by_one(std::string_view text, ByteMasks& masks);

// The places of '=' in a text, in order, each with the last blank in front of it.
class EqualsFinder {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  // `masks` is room to work in: apart from this, so that this lives in registers.
  EqualsFinder(std::string_view text, ByteMasks& masks) : text_(text), masks_(masks) {
    if (!text.empty()) load();
  }

  // The next '=', or kNone.
  [[gnu::always_inline]] std::size_t next() {
    while (equals_ == 0) {
      if (base_ + kBlockBytes >= text_.size()) return kNone;
      if (blanks_ != 0) blank_before_ = last_blank(blanks_);
      base_ += kBlockBytes;
      if (base_ % ByteMasks::kBytes == 0) {
        load();
      } else {
        take_word();
      }
    }
    const auto bit = static_cast<std::size_t>(std::countr_zero(equals_));
    const std::uint64_t before = blanks_ & ((equals_ & -equals_) - 1);
    equals_ &= equals_ - 1;
    blank_ = before != 0 ? last_blank(before) : blank_before_;
    return base_ + bit;
  }
  // The last blank in front of the '=' that next() gave, or kNone.
  std::size_t blank() const { return blank_; }
  // Whether the text up to that '=', at the least, holds a rare byte.
  bool has_rare() const { return has_rare_; }

 private:
  std::size_t last_blank(std::uint64_t blanks) const {
    return base_ + static_cast<std::size_t>(63 - std::countl_zero(blanks));
  }
  void load() {
    has_rare_ |= scan_bytes(text_.substr(base_, ByteMasks::kBytes), masks_);
    take_word();
  }
  void take_word() {
    const std::size_t word = base_ / kBlockBytes % ByteMasks::kWords;
    equals_ = masks_.equals[word];
    blanks_ = masks_.blanks[word];
  }

  std::string_view text_;
  ByteMasks& masks_;
  std::size_t base_ = 0;
  std::uint64_t equals_ = 0, blanks_ = 0;  // of the 64 bytes at base_
  std::size_t blank_ = kNone;
  std::size_t blank_before_ = kNone;  // in front of the 64 bytes
  bool has_rare_ = false;
};

}  // namespace parsers

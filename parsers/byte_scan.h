// Finds the '=' of a text with the blank in front of each: 64 bytes at a time, with AVX-512, AVX2 or SSE2 where the
// machine has it, else byte by byte.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace parsers {

// An '=' and the byte behind the last blank in front of it, by their offsets; 0 where no blank stands in front.
struct Equals {
  std::uint32_t at, behind_blank;

  bool operator==(const Equals&) const = default;
};

// Kinds of bytes that ask for a closer look.
enum RareByte : unsigned {
  kBackslash = 1,
  kHash = 2,
  kControl = 4,  // 0x00 to 0x1f
  kForeign = 8,  // outside ASCII
  kPercent = 16,
};

// What a text holds, piece by piece; room to work in, and what goes over the border between two pieces.
struct ByteScan {
  static constexpr std::size_t kPieceBytes = 1024;  // enough for most messages
  static constexpr std::size_t kAtOnce = 8;         // Equals may be written together; those behind `count` mean nothing

  std::array<Equals, kPieceBytes + kAtOnce> equals;
  std::size_t count = 0;           // of `equals`, those of the last piece
  std::uint32_t behind_blank = 0;  // the byte behind the last blank so far
  unsigned rare = 0;               // RareBytes so far

  void start() { count = behind_blank = rare = 0; }
};

// Reads the piece of `text` that begins at `from`. A text is no longer than 4 GiB.
void scan_piece(std::string_view text, std::size_t from, ByteScan& scan);
// All ways to do it that this machine has, the plain one first and the one that scan_piece takes last.
using ScanPiece = void (*)(std::string_view text, std::size_t from, ByteScan& scan);
std::vector<ScanPiece> scans_of_machine();

// Calls visit(const Equals&) for each '=' of a text, in order. scan.rare is that of the text up to there at the least.
template <class Visit>
[[gnu::always_inline]] inline void for_each_equals(std::string_view text, ByteScan& scan, Visit visit) {
  scan.start();
  for (std::size_t from = 0; from < text.size(); from += ByteScan::kPieceBytes) {
    scan_piece(text, from, scan);
    const Equals* const end = scan.equals.data() + scan.count;
    for (const Equals* equals = scan.equals.data(); equals != end; ++equals) visit(*equals);
  }
}

}  // namespace parsers

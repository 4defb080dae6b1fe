#include "parsers/cef_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "parsers/ascii.h"
#include "parsers/lanes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace parsers {
namespace {

constexpr std::size_t kHeaderFields = 6;     // vendor to severity
constexpr std::size_t kMinHeaderFields = 4;  // vendor to signature id: less than that is no header
constexpr std::size_t kMaxPieces = 12;       // how far an unescaped '|' in the name is followed

constexpr ByteSet kKeyBytes = [] {
  ByteSet bytes;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (is_cef_key_char(static_cast<char>(byte))) bytes.add_range(byte, byte);
  }
  return bytes;
}();

// Backslashes escape each other in pairs from the left.
bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

// The key in front of the first '=' of a text that begins with one; empty when it does not.
std::string_view leading_key(std::string_view text) {
  const std::string_view rest = skip_blanks(text);
  const std::size_t n = kKeyBytes.find_not_in(rest);
  if (n == 0 || n == ByteSet::kNone || rest[n] != '=' || !is_cef_key_start(rest[0])) return {};
  return rest.substr(0, n);
}

bool begins_with_known_key(std::string_view text) {
  const std::string_view key = leading_key(text);
  return !key.empty() && find_cef_key(key) != CefKey::unknown;
}

// Whether `text` begins with a key of letters and digits, as nearly every extension does; false says nothing.
bool begins_with_plain_key(std::string_view text) {
  constexpr std::size_t kLongest = 2 * Lanes::kBytes - 1;
  const std::size_t end = find_lane(text.substr(0, kLongest + 1), 0,
                                    [](const Lanes& lanes) { return ~(lanes.letters() | lanes.within('0', '9')); });
  return end != std::string_view::npos && end != 0 && text[end] == '=';
}

bool begins_extension(std::string_view text) {
  return begins_with_plain_key(text) || skip_blanks(text).empty() || begins_with_key(text);
}

// CEF's own words, and those of PAN-OS and Check Point.
bool is_severity_word(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kWords = {
      "unknown", "low", "medium", "high", "very-high", "very high", "informational", "critical", "warning"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [text](std::string_view word) { return equal_ignoring_case(text, word); });
}

bool is_severity(std::string_view text) {
  if (text.size() == 1 && is_digit(text[0])) return true;
  const bool is_number = !text.empty() && text.size() <= 3 && std::all_of(text.begin(), text.end(), is_digit);
  return is_number || is_severity_word(text);
}

// The text after the prefix, cut at its unescaped pipes. The last piece runs to the end.
struct Pieces {
  std::array<std::string_view, kMaxPieces> text;
  std::array<std::size_t, kMaxPieces> offset;
  std::size_t count = 0;
  bool ends_in_place = false;  // the extension begins behind the sixth field

  explicit Pieces(std::string_view whole) {
    std::size_t start = 0;
    for (std::size_t i = 0; count + 1 < kMaxPieces; ++i) {
      i = whole.find('|', i);
      if (i == whole.npos) break;
      if (is_escaped(whole, i)) continue;
      add(whole.substr(start, i - start), start);
      start = i + 1;
      ends_in_place = count == kHeaderFields && begins_extension(whole.substr(start));
      if (ends_in_place) break;
    }
    add(whole.substr(start), start);
  }

 private:
  void add(std::string_view piece, std::size_t at) {
    text[count] = piece;
    offset[count] = at;
    ++count;
  }
};

void assign(const Pieces& pieces, std::size_t first, std::size_t count, CefMessage& out) {
  std::string_view* const fields[kHeaderFields] = {&out.device_vendor, &out.device_product, &out.device_version,
                                                   &out.signature_id,  &out.name,           &out.severity};
  for (std::size_t i = 0; i < count; ++i) *fields[i] = pieces.text[first + i];
}

// Whether all six fields stand where the specification puts them.
bool is_regular(const Pieces& pieces) {
  if (!pieces.ends_in_place) return false;
  const std::string_view severity = pieces.text[5];
  if (begins_with_known_key(severity)) return false;
  return !begins_with_known_key(pieces.text[4]) || is_severity(severity) || severity.empty();
}

// Where the six fields of a header end, by their pipes; false when a pipe is escaped or one is missing.
bool find_pipes(std::string_view whole, std::array<std::size_t, kHeaderFields>& pipes) {
  std::size_t count = 0, at = 0;
#if defined(__SSE2__)
  constexpr std::size_t kLanes = 64;
  for (; at + kLanes <= whole.size(); at += kLanes) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kLanes; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(whole.data() + at + i));
      bits |= std::uint64_t(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('|')))) << i;
    }
    for (; bits != 0; bits &= bits - 1) {
      const std::size_t pipe = at + static_cast<std::size_t>(std::countr_zero(bits));
      if (pipe > 0 && whole[pipe - 1] == '\\') return false;
      pipes[count++] = pipe;
      if (count == kHeaderFields) return true;
    }
  }
#endif
  for (; at < whole.size(); ++at) {
    if (whole[at] != '|') continue;
    if (at > 0 && whole[at - 1] == '\\') return false;
    pipes[count++] = at;
    if (count == kHeaderFields) return true;
  }
  return false;
}

// Six fields without an escaped pipe, a severity that is one, and an extension behind it, as nearly every message has
// them: the offset of the extension, or 0 for all else, which is looked at piece by piece.
std::size_t read_plain_fields(std::string_view whole, CefMessage& out) {
  std::array<std::size_t, kHeaderFields> pipes;
  if (!find_pipes(whole, pipes)) return 0;
  const auto field = [&](std::size_t i) {
    const std::size_t start = i == 0 ? 0 : pipes[i - 1] + 1;
    return std::string_view(whole.data() + start, pipes[i] - start);
  };
  const std::size_t end = pipes[5] + 1;
  if (!is_severity(field(5)) || !begins_extension(whole.substr(end))) return 0;
  out.device_vendor = field(0);
  out.device_product = field(1);
  out.device_version = field(2);
  out.signature_id = field(3);
  out.name = field(4);
  out.severity = field(5);
  return end;
}

// A header that ends before its severity, so that the extension stands in a field's place: its piece, or 0.
std::size_t early_extension(const Pieces& pieces) {
  for (std::size_t i = kMinHeaderFields; i < std::min(pieces.count, kHeaderFields); ++i) {
    if (begins_with_known_key(pieces.text[i])) return i;
  }
  return 0;
}

// A header with more pipes than it should have: the piece that is the extension, or 0.
std::size_t late_extension(const Pieces& pieces) {
  for (std::size_t i = kHeaderFields + 1; i < pieces.count; ++i) {
    const std::string_view severity = pieces.text[i - 1];
    if (begins_extension(pieces.text[i]) && (severity.empty() || is_severity(severity))) return i;
  }
  return 0;
}

std::size_t read_short_header(const Pieces& pieces, std::size_t fields, CefMessage& out) {
  assign(pieces, 0, fields, out);
  out.flags.set(Flag::header_fields_missing);
  // Palo Alto's GlobalProtect writes its subtype, always "0", last; any other level there is the severity.
  if (fields == kHeaderFields - 1 && is_severity(out.name) && out.name != "0") {
    out.severity = out.name;
    out.name = {};
  }
  return pieces.offset[fields];
}

std::size_t read_long_header(const Pieces& pieces, std::size_t extension, std::string_view whole, CefMessage& out) {
  out.flags.set(Flag::header_field_extra);
  if (pieces.text[0].empty() && extension == kHeaderFields + 1) {
    assign(pieces, 1, kHeaderFields, out);
    return pieces.offset[extension];
  }
  assign(pieces, 0, kHeaderFields - 2, out);
  const std::size_t name_start = pieces.offset[4];
  out.name = whole.substr(name_start, pieces.offset[extension - 1] - 1 - name_start);
  out.severity = pieces.text[extension - 1];
  return pieces.offset[extension];
}

}  // namespace

bool begins_with_key(std::string_view text) { return !leading_key(text).empty(); }

std::size_t cef_prefix_length(std::string_view text) {
  if (text.starts_with(kUsualPrefix)) return kUsualPrefix.size();
  std::size_t i = 0;
  if (starts_with_ignoring_case(text, "cef:")) {
    i = 4;
    while (i < text.size() && text[i] == ' ') ++i;
  }
  const std::size_t digits = i;
  while (i < text.size() && is_digit(text[i]) && i - digits < 3) ++i;
  if (i == digits) return 0;
  while (i < text.size() && text[i] == ' ') ++i;
  return i < text.size() && text[i] == '|' ? i + 1 : 0;
}

Result<std::size_t> read_cef_header(std::string_view text, CefMessage& out) {
  if (text.starts_with(kUsualPrefix)) {
    const std::size_t extension = read_plain_fields(text.substr(kUsualPrefix.size()), out);
    if (extension != 0) return kUsualPrefix.size() + extension;
  }
  const std::size_t prefix = cef_prefix_length(text);
  if (prefix == 0) return Error{"not_cef", 0, "the text does not begin with \"CEF:\" and a version"};
  if (!text.starts_with("CEF:") || !is_digit(text[4]) || text[prefix - 2] == ' ') {
    out.flags.set(Flag::cef_prefix_repaired);
  }
  std::size_t version_at = 0;
  while (!is_digit(text[version_at])) ++version_at;
  for (std::size_t i = version_at; is_digit(text[i]); ++i) out.version = out.version * 10 + (text[i] - '0');

  const std::string_view whole = text.substr(prefix);
  if (const std::size_t extension = read_plain_fields(whole, out); extension != 0) return prefix + extension;
  const Pieces pieces{whole};
  if (is_regular(pieces)) {
    assign(pieces, 0, kHeaderFields, out);
    return prefix + pieces.offset[kHeaderFields];
  }
  if (const std::size_t early = early_extension(pieces)) return prefix + read_short_header(pieces, early, out);
  if (const std::size_t late = late_extension(pieces)) return prefix + read_long_header(pieces, late, whole, out);
  if (pieces.count > kHeaderFields) {
    assign(pieces, 0, kHeaderFields, out);
    return prefix + pieces.offset[kHeaderFields];
  }
  if (pieces.count < kMinHeaderFields) {
    return Error{"cef_header_cut", text.size(), "the header ends before its signature id"};
  }
  assign(pieces, 0, pieces.count, out);
  out.flags.set(Flag::header_fields_missing);
  return text.size();
}

}  // namespace parsers

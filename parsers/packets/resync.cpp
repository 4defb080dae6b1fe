#include "parsers/packets/resync.h"

#include <algorithm>
#include <array>

#include "parsers/ascii.h"

namespace parsers {
namespace {

constexpr std::size_t kMaxPriDigits = 3, kMaxCountDigits = 8;  // a count of more digits is no message's
constexpr std::size_t kDecidingBytes = 16;                     // "12345678 <189>", "2023 Oct 12 "

std::size_t digits_at(std::string_view bytes, std::size_t at, std::size_t most) {
  std::size_t count = 0;
  while (count < most && at + count < bytes.size() && is_digit(bytes[at + count])) ++count;
  return count;
}

bool has_pri(std::string_view bytes, std::size_t at) {
  if (at >= bytes.size() || bytes[at] != '<') return false;
  const std::size_t digits = digits_at(bytes, at + 1, kMaxPriDigits);
  return digits > 0 && at + 1 + digits < bytes.size() && bytes[at + 1 + digits] == '>';
}

// "1190 <189>" at `at`: the whole frame's length with its count, else 0.
std::size_t counted_length(std::string_view bytes, std::size_t at) {
  const std::size_t digits = digits_at(bytes, at, kMaxCountDigits);
  if (digits == 0 || bytes[at] == '0' || at + digits >= bytes.size() || bytes[at + digits] != ' ') return 0;
  if (!has_pri(bytes, at + digits + 1)) return 0;
  std::size_t count = 0;
  for (const char digit : bytes.substr(at, digits)) count = count * 10 + static_cast<std::size_t>(digit - '0');
  return digits + 1 + count;
}

bool begins_with_month(std::string_view bytes) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                                        "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
  return std::any_of(kMonths.begin(), kMonths.end(), [bytes](auto month) { return bytes.starts_with(month); });
}

bool is_delimiter(char c) { return c == '\n' || c == '\0'; }

bool begins_like_message(std::string_view bytes) {
  if (has_pri(bytes, 0) || counted_length(bytes, 0)) return true;
  if (bytes.starts_with("CEF:") || bytes.starts_with("\xef\xbb\xbf") || begins_with_month(bytes)) return true;
  const bool has_year = digits_at(bytes, 0, 4) == 4 && bytes.size() > 5;
  return has_year && (bytes[4] == '-' || (bytes[4] == ' ' && begins_with_month(bytes.substr(5))));
}

}  // namespace

bool begins_segment(std::string_view bytes) { return !digits_at(bytes, 0, 1) && begins_like_message(bytes); }

MessageStart find_message_start(std::string_view bytes) {
  std::size_t keep = bytes.size();  // from here on a message may begin
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const bool follows_delimiter = at > 0 && is_delimiter(bytes[at - 1]);
    if (follows_delimiter && begins_like_message(bytes.substr(at))) return {true, at};
    if (follows_delimiter && bytes.size() - at < kDecidingBytes) keep = std::min(keep, at - 1);
    if (!is_digit(bytes[at]) || (at > 0 && is_digit(bytes[at - 1]))) continue;
    const std::size_t length = counted_length(bytes, at);
    std::size_t end = at + length;
    while (length && end < bytes.size() && is_delimiter(bytes[end])) ++end;
    if (length && (end == bytes.size() || counted_length(bytes, end))) return {true, at};
    // Too little is there to tell whether this is a count, or what it leads to.
    if ((length ? end : at) + kDecidingBytes > bytes.size()) keep = std::min(keep, at);
  }
  if (!bytes.empty() && is_delimiter(bytes.back())) keep = std::min(keep, bytes.size() - 1);
  return {false, keep};
}

}  // namespace parsers

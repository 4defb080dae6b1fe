#include "parsers/frame.h"

#include <algorithm>
#include <array>

#include "parsers/ascii.h"

namespace parsers {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::size_t kMaxCountDigits = 10;
constexpr std::size_t kMaxSkipBytes = std::size_t{16} << 20;   // a larger count is no count
constexpr std::size_t kMaxEvidenceBytes = 1024;                // of a message that was too long
constexpr std::size_t kMinBareFrameBytes = 20;                 // hardly more than "CEF:0|a|b|c|d|e|1|"
constexpr std::size_t kBareStartBytes = 5;                     // decide whether a message without PRI begins
constexpr std::size_t kFrameStartBytes = kMaxCountDigits + 6;  // "1234567890 <189>"
constexpr std::string_view kDelimiters{"\n\0", 2};

constexpr bool is_padding(char c) { return c == '\n' || c == '\r' || c == '\0'; }

enum class Answer { yes, no, need_more };

std::string_view without_delimiter(std::string_view message) {
  while (!message.empty() && is_padding(message.back())) message.remove_suffix(1);
  return message;
}

std::size_t find_delimiter(std::string_view text, std::size_t from) {
  const std::size_t line_feed = text.find('\n', from);
  const std::size_t nul = text.substr(0, line_feed).find('\0', from);
  return std::min(line_feed, nul);
}

bool is_blank(std::string_view message) { return message.find_first_not_of(" \t\r") == kNone; }

bool begins_with_month(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                                        "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
  return std::any_of(kMonths.begin(), kMonths.end(), [text](auto month) { return text.starts_with(month); });
}

// What a counted message without a priority may begin with.
Answer begins_bare_message(std::string_view text, std::size_t count, bool has_counted) {
  if (count < kMinBareFrameBytes) return Answer::no;
  const bool is_year = count >= 1970 && count <= 2099;
  if (has_counted && !is_year) return Answer::yes;
  if (text.substr(0, kBareStartBytes).find_first_of(kDelimiters) != kNone) return Answer::no;
  if (text.size() < kBareStartBytes) return Answer::need_more;
  if (begins_with_month(text)) return is_year ? Answer::no : Answer::yes;
  const bool is_iso_date = std::all_of(text.begin(), text.begin() + 4, is_digit) && text[4] == '-';
  const bool is_cef = text.starts_with("CEF:") || text.starts_with("0|") || text.starts_with("1|");
  return is_iso_date || is_cef || text.starts_with("\xef\xbb\xbf") || has_counted ? Answer::yes : Answer::no;
}

struct Count {
  Answer answer = Answer::no;
  std::size_t value = 0;
  std::size_t header = 0;  // bytes of digits and blank
};

Count read_count(std::string_view text, bool has_counted) {
  Count count;
  if (text.empty() || text[0] < '1' || text[0] > '9') return count;
  std::size_t n = 0;
  while (n < text.size() && n <= kMaxCountDigits && is_digit(text[n])) {
    count.value = count.value * 10 + static_cast<std::size_t>(text[n++] - '0');
  }
  if (n > kMaxCountDigits || (n < text.size() && text[n] != ' ')) return count;
  count.header = n + 1;
  if (text.size() <= count.header) {
    count.answer = Answer::need_more;
  } else if (text[count.header] == '<') {
    count.answer = Answer::yes;
  } else {
    count.answer = begins_bare_message(text.substr(count.header), count.value, has_counted);
  }
  return count;
}

// Where the digits of "1190 <189>" begin in a text, looked for from `from` on; kNone when nowhere. Digits in front of a
// count that is too large for a message belong to the text before.
std::size_t find_frame_start(std::string_view text, std::size_t from, std::size_t max_message_bytes) {
  for (std::size_t at = text.find(" <", from); at != kNone; at = text.find(" <", at + 1)) {
    std::size_t end = at + 2;
    while (end < text.size() && end < at + 5 && is_digit(text[end])) ++end;
    if (end == at + 2 || end == text.size() || text[end] != '>') continue;
    std::size_t start = at;
    std::size_t value = 0;
    std::size_t scale = 1;
    for (std::size_t i = at; i-- > 0 && at - i <= kMaxCountDigits && is_digit(text[i]); scale *= 10) {
      value += static_cast<std::size_t>(text[i] - '0') * scale;
      if (value > max_message_bytes) break;
      if (text[i] != '0') start = i;
    }
    if (start < at) return start;
  }
  return kNone;
}

bool begins_tls(std::string_view text) {
  return text.size() >= 3 && text[0] == '\x16' && text[1] == '\x03' && text[2] >= 0 && text[2] <= 4;
}
bool may_begin_tls(std::string_view text) {
  return text.size() < 3 && text[0] == '\x16' && (text.size() < 2 || text[1] == '\x03');
}

FrameResult need_more(std::size_t consumed) {
  FrameResult result;
  result.consumed = consumed;
  return result;
}

FrameResult bad(const char* error, Framing framing, std::string_view rejected, std::size_t consumed) {
  return {FrameResult::Kind::bad, framing, {}, consumed, error, rejected.substr(0, kMaxEvidenceBytes)};
}

FrameResult message_result(Framing framing, std::string_view message, std::size_t consumed) {
  return {FrameResult::Kind::message, framing, message, consumed, "", {}};
}

}  // namespace

const char* to_string(Framing framing) {
  switch (framing) {
    case Framing::datagram:
      return "datagram";
    case Framing::line:
      return "line";
    case Framing::octet_counted:
      return "octet-counted";
  }
  return "line";
}

FrameResult Framer::next(std::string_view buffer) {
  std::size_t at = 0;
  for (;;) {
    if (!skip(buffer, at)) return need_more(at);
    const std::size_t before = at;
    while (at < buffer.size() && is_padding(buffer[at])) ++at;
    if (at != before) scanned_ = 0;
    const std::string_view rest = buffer.substr(at);
    if (rest.empty() || may_begin_tls(rest)) return need_more(at);
    if (begins_tls(rest)) {
      is_tls_ = true;
      return bad("tls_on_plain_port", Framing::line, rest, buffer.size());
    }
    const Count count = read_count(rest, has_counted_);
    if (count.answer == Answer::need_more && rest.size() <= max_message_bytes_) return need_more(at);
    const FrameResult result = count.answer == Answer::yes ? read_counted(buffer, at) : read_line(buffer, at);
    if (result.kind != FrameResult::Kind::need_more) scanned_ = 0;
    if (result.kind != FrameResult::Kind::message || !is_blank(result.message)) return result;
    at = result.consumed;
  }
}

// Skips what is left of an over-long message; false when the buffer ends before it does.
bool Framer::skip(std::string_view buffer, std::size_t& at) {
  if (is_tls_) at = buffer.size();
  if (skip_counted_ > 0) {
    const std::size_t n = std::min(skip_counted_, buffer.size() - at);
    skip_counted_ -= n;
    at += n;
    scanned_ = 0;
  }
  if (skip_to_delimiter_) {
    const std::string_view rest = buffer.substr(at);
    const std::size_t delimiter = find_delimiter(rest, 0);
    const std::size_t start = has_counted_ ? find_frame_start(rest.substr(0, delimiter), 0, max_message_bytes_) : kNone;
    skip_to_delimiter_ = delimiter == kNone && start == kNone;
    // The start of a frame may itself be split.
    const std::size_t kept = has_counted_ ? std::min(rest.size(), kFrameStartBytes) : 0;
    at += start != kNone ? start : delimiter != kNone ? delimiter + 1 : rest.size() - kept;
    scanned_ = 0;
  }
  return !is_tls_ && skip_counted_ == 0 && !skip_to_delimiter_;
}

FrameResult Framer::read_counted(std::string_view buffer, std::size_t at) {
  const std::string_view rest = buffer.substr(at);
  const Count count = read_count(rest, has_counted_);
  const std::string_view text = rest.substr(count.header);
  if (count.value > kMaxSkipBytes) {
    return bad("bad_octet_count", Framing::octet_counted, rest.substr(0, count.header), at + count.header);
  }
  if (count.value > max_message_bytes_) {
    if (text.size() < std::min(kMaxEvidenceBytes, count.value)) return need_more(at);
    has_counted_ = true;
    skip_counted_ = count.value;
    return bad("message_too_long", Framing::octet_counted, text.substr(0, count.value), at + count.header);
  }
  if (text.size() < count.value) return need_more(at);
  has_counted_ = true;
  const std::string_view message = without_delimiter(text.substr(0, count.value));
  return message_result(Framing::octet_counted, message, at + count.header + count.value);
}

FrameResult Framer::read_line(std::string_view buffer, std::size_t at) {
  const std::string_view rest = buffer.substr(at);
  const std::size_t from = std::min(scanned_, rest.size());
  const std::size_t delimiter = find_delimiter(rest, from);
  const std::string_view line = rest.substr(0, delimiter);
  // One byte more than the limit may be the CR of a CRLF.
  const std::size_t limit = max_message_bytes_ + 1;
  const bool is_lost = has_counted_ && !line.starts_with('<') && !line.starts_with("CEF:") && !begins_with_month(line);
  if (is_lost) {
    const std::size_t start = find_frame_start(line, from - std::min(from, kFrameStartBytes), max_message_bytes_);
    if (start != kNone && start > 0 && start <= limit) {
      return bad("bad_octet_count", Framing::line, line.substr(0, start), at + start);
    }
  }
  if (delimiter == kNone) {
    scanned_ = rest.size();
    if (rest.size() <= limit + (is_lost ? kFrameStartBytes : 0)) return need_more(at);
    skip_to_delimiter_ = true;
    return bad("message_too_long", Framing::line, rest.substr(0, max_message_bytes_), at + limit);
  }
  const std::string_view message = without_delimiter(line);
  if (message.size() > max_message_bytes_ || line.size() > limit) {
    // As skip() would have gone on, had the rest of the line not been here yet.
    const std::string_view tail = line.substr(std::min(limit, line.size()));
    const std::size_t start = has_counted_ ? find_frame_start(tail, 0, max_message_bytes_) : kNone;
    const std::size_t end = start == kNone ? delimiter + 1 : limit + start;
    return bad("message_too_long", Framing::line, rest.substr(0, max_message_bytes_), at + end);
  }
  return message_result(Framing::line, message, at + delimiter + 1);
}

FrameResult Framer::finish(std::string_view buffer) {
  std::size_t at = 0;
  const bool is_open = skip(buffer, at);
  skip_counted_ = 0;
  skip_to_delimiter_ = false;
  scanned_ = 0;
  while (at < buffer.size() && is_padding(buffer[at])) ++at;
  const std::string_view rest = without_delimiter(buffer.substr(std::min(at, buffer.size())));
  if (!is_open || is_blank(rest)) return need_more(buffer.size());
  if (read_count(rest, has_counted_).answer != Answer::no || may_begin_tls(rest)) {
    return bad("incomplete_at_end", Framing::octet_counted, rest, buffer.size());
  }
  if (rest.size() > max_message_bytes_) {
    return bad("message_too_long", Framing::line, rest.substr(0, max_message_bytes_), buffer.size());
  }
  return message_result(Framing::line, rest, buffer.size());
}

}  // namespace parsers

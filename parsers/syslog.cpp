#include "parsers/syslog.h"

#include <algorithm>

#include "parsers/ascii.h"
#include "parsers/cef_header.h"
#include "parsers/cef_unescape.h"
#include "parsers/time_text.h"

namespace parsers {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr int kMaxPri = 191;
constexpr int kMaxNestedHeaders = 4;      // a device, and as many relays as one meets
constexpr std::size_t kMaxTagBytes = 64;  // RFC 3164 says 32; real ones are longer
constexpr std::size_t kMaxHostBytes = 255;
constexpr int kMaxWords = 3;                   // between a BSD header and "CEF:", as Arbor writes them
constexpr std::size_t kMaxSkippedBytes = 160;  // between the header as parsed and "CEF:"

constexpr ByteSet kBlanks = ByteSet(" \t");
constexpr ByteSet kNotInWords = ByteSet("=\",|?&");
constexpr ByteSet kNotInHost = ByteSet("[=,");

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

constexpr std::string_view kBom = "\xef\xbb\xbf";

// A blank, a line break, or one of those that a relay spelled out ("#012"); 0 for all else.
std::size_t blank_length(std::string_view text, std::size_t at) {
  if (is_blank(text[at]) || text[at] == '\n' || text[at] == '\r') return 1;
  return relay_escape(text, at) != '\0' ? kRelayEscapeBytes : 0;
}

// Where the CEF payload begins at or after `from`, or kNone. A few words may stand between, but none behind a tag's
// colon: "sshd: Invalid user CEF:0|..." is no CEF, and neither is a native row that quotes a URL with "CEF:0|" in it.
std::size_t find_cef(std::string_view text, std::size_t from, int max_words) {
  for (std::size_t at = from; at < text.size() && at <= from + kMaxSkippedBytes;) {
    if (const std::size_t blank = blank_length(text, at); blank != 0) {
      at += blank;
      continue;
    }
    if (text.substr(at).starts_with(kBom)) at += kBom.size();
    if (text.substr(at).starts_with("CEF:") && cef_prefix_length(text.substr(at)) != 0) return at;
    std::string_view word = text.substr(at, std::min(kBlanks.find_in(text, at), text.size()) - at);
    // "fw01:CEF:0|..."
    const std::size_t glued = word.find(":CEF:");
    if (glued != kNone) word = word.substr(0, glued + 1);
    const bool is_mark = word.find_first_not_of("-:") == kNone;
    if (kNotInWords.is_in(word) || (!is_mark && max_words-- == 0)) return kNone;
    if (!is_mark && word.ends_with(':')) max_words = 0;
    at += std::max<std::size_t>(word.size(), 1);
  }
  return kNone;
}

// Reads one or more headers from the front of a message; `at_` is the first byte that no header took.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, TimePoint received, const cctz::time_zone& zone, SyslogMessage& out)
      : text_(text), received_(received), zone_(zone), out_(out) {}

  std::size_t at() const { return at_; }

  void read() {
    for (int depth = 0; depth < kMaxNestedHeaders; ++depth) {
      if (depth > 0 && rest().starts_with("CEF:")) break;
      const std::size_t before = at_;
      if (!read_one(depth > 0)) {
        at_ = depth == 0 ? at_ : before;
        break;
      }
      if (depth > 0) out_.flags.set(Flag::nested_header);
    }
  }

  // A tag or the like in front of the payload: "name:" or "name[pid]:".
  void read_tag() {
    skip_blanks();
    std::size_t end = at_;
    while (end < text_.size() && end - at_ < kMaxTagBytes && is_tag_char(text_[end])) ++end;
    const std::size_t name_end = end;
    if (end == at_) return;
    if (peek(end) == '[') {
      const std::size_t close = text_.find(']', end);
      if (close == kNone || close - end > kMaxTagBytes) return;
      end = close + 1;
    }
    if (peek(end) != ':' || (end + 1 < text_.size() && !is_blank(text_[end + 1]))) return;
    out_.app = text_.substr(at_, name_end - at_);
    at_ = end + 1;
    skip_blanks();
  }

 private:
  char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  std::string_view rest() const { return text_.substr(at_); }
  static bool is_tag_char(char c) {
    return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 || c == '_' || c == '-' || c == '.' || c == '/' ||
           c == '(';
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::string_view token() const {
    std::size_t end = at_;
    while (end < text_.size() && !is_blank(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  // One header; false when there is none at `at_`. A nested one must begin with a priority, a time or a count, for a
  // word could be anything.
  bool read_one(bool is_nested) {
    skip_blanks();
    if (rest().starts_with(kBom)) at_ += kBom.size();
    const bool has_count = read_count();
    const bool has_pri = read_pri();
    if (has_pri && out_.format == SyslogFormat::none) out_.format = SyslogFormat::rfc3164;
    if (cef_prefix_length(rest()) != 0 && rest().starts_with("CEF")) return has_pri || has_count;
    if (read_rfc5424()) return true;
    const bool has_time = read_time();
    if (has_time || has_pri) {
      if (has_time) {
        out_.format = SyslogFormat::rfc3164;
        read_host();
      }
      return true;
    }
    return !is_nested && has_count;
  }

  // "1273 <14>..." where a relay took the frame for the text
  bool read_count() {
    std::size_t end = at_;
    while (is_digit(peek(end)) && end - at_ < 10) ++end;
    if (end == at_ || peek(end) != ' ') return false;
    const std::string_view after = text_.substr(end + 1);
    if (!after.starts_with('<') && !after.starts_with("CEF:")) return false;
    at_ = end + 1;
    out_.flags.set(Flag::octet_count_in_text);
    return true;
  }

  // "<134>", and "134>" where the first byte was cut off
  bool read_pri() {
    std::size_t at = at_;
    if (peek(at) == '<') ++at;
    const std::size_t digits = at;
    int value = 0;
    while (is_digit(peek(at)) && at - digits < 3) value = value * 10 + (text_[at++] - '0');
    if (peek(at) != '>' || (at == digits && peek(at_) != '<')) return false;
    if (value <= kMaxPri && at > digits) out_.pri = value;
    at_ = at + 1;
    skip_blanks();
    return true;
  }

  bool take_time(const std::optional<TimeText>& found) {
    if (!found) return false;
    Flags inferred;
    const auto time = resolve_time(*found, received_, zone_, inferred);
    if (!time) return false;
    const auto keep = out_.time ? out_.flags.bits() & ~time_flags() : out_.flags.bits();
    out_.flags = Flags::from_bits(keep);
    out_.flags.merge(inferred);
    out_.time = time;
    at_ += found->length;
    return true;
  }

  // "Jun 31 01:10:31", and 29 February in a year without one: the header goes on behind it, and tells no time.
  bool skip_impossible_time() {
    const std::size_t length = time_shape_length(rest());
    at_ += length;
    return length != 0;
  }

  static std::uint64_t time_flags() {
    Flags flags;
    flags.set(Flag::time_without_year);
    flags.set(Flag::time_without_zone);
    return flags.bits();
  }

  bool read_time() {
    if (peek(at_) == '*' || peek(at_) == '.') {
      // Cisco's marks of an unsynchronised clock
      ++at_;
      if (read_time()) return true;
      --at_;
      return false;
    }
    if (!take_time(scan_time(rest())) && !skip_impossible_time()) return false;
    if (peek(at_) == ':') ++at_;
    return true;
  }

  void read_host() {
    skip_blanks();
    std::string_view word = token();
    if (const std::size_t end = word.find("#01"); end != kNone && relay_escape(word, end) != '\0') {
      word = word.substr(0, end);
    }
    const bool is_payload = word.starts_with("CEF:") || cef_prefix_length(rest()) != 0;
    // No host name holds '=' or ',': those begin the native rows of FortiGate and PAN-OS.
    const bool is_tag = word.ends_with(':') || kNotInHost.is_in(word);
    const bool is_header = word.starts_with('<') || scan_time(rest()).has_value();
    if (word.empty() || is_payload || is_tag || is_header || word.size() > kMaxHostBytes) return;
    if (word != "-") out_.host = word;
    at_ += word.size();
    skip_blanks();
  }

  // VERSION SP TIMESTAMP [SP HOST [SP APP SP PROCID SP MSGID SP SD]], each of which may be missing
  bool read_rfc5424() {
    std::size_t version_end = at_;
    while (is_digit(peek(version_end)) && version_end - at_ < 2) ++version_end;
    if (version_end == at_ || peek(version_end) != ' ') return false;
    const std::size_t start = at_;
    at_ = version_end + 1;
    const bool nil_time = token() == "-";
    if (nil_time) {
      ++at_;
    } else if (!take_time(scan_time(rest())) && !skip_impossible_time()) {
      at_ = start;
      return false;
    }
    out_.format = SyslogFormat::rfc5424;
    std::string_view fields[4];  // host, app, process, message id
    for (auto& field : fields) {
      skip_blanks();
      if (ends_header()) break;
      field = token();
      at_ += field.size();
    }
    if (!fields[0].empty() && fields[0] != "-") out_.host = fields[0];
    if (!fields[1].empty() && fields[1] != "-") out_.app = fields[1];
    read_structured_data();
    return true;
  }

  bool ends_header() const {
    const std::string_view text = rest();
    return text.empty() || text.starts_with("CEF:") || text.starts_with('[') || text.starts_with(kBom) ||
           (text.starts_with('<') && is_digit(peek(at_ + 1)));
  }

  void read_structured_data() {
    skip_blanks();
    if (peek(at_) == '-' && (at_ + 1 == text_.size() || is_blank(text_[at_ + 1]))) {
      ++at_;
    } else {
      const std::size_t start = at_;
      bool is_proper = true;
      while (peek(at_) == '[') {
        const std::size_t end = element_end(is_proper);
        if (end == kNone) break;
        at_ = end;
      }
      // Check Point's own format looks like an element and is the message.
      if (!is_proper && find_cef(text_, at_, 0) == kNone) at_ = start;
    }
    skip_blanks();
    if (rest().starts_with(kBom)) at_ += kBom.size();
  }

  // Past the ']' of the element at `at_`; kNone when it does not end. Proper elements write name="value".
  std::size_t element_end(bool& is_proper) const {
    bool in_quotes = false;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        if (!in_quotes && text_[i - 1] != '=') is_proper = false;
        in_quotes = !in_quotes;
      } else if (text_[i] == ']' && !in_quotes) {
        return i + 1;
      }
    }
    return kNone;
  }

  std::string_view text_;
  TimePoint received_;
  const cctz::time_zone& zone_;
  SyslogMessage& out_;
  std::size_t at_ = 0;
};

bool begins_as_ipv4(std::string_view host) {
  const std::size_t digits = host.find('.');
  return digits != kNone && digits >= 1 && digits <= 3 && std::all_of(host.begin(), host.begin() + digits, is_digit);
}

// "[<PRI>]Mmm dd hh:mm:ss host CEF:0|", each part beyond doubt, which is how most devices write: the offset of the
// payload, or 0 for all else, which is read step by step.
std::size_t read_plain_header(std::string_view text, TimePoint received, const cctz::time_zone& zone,
                              SyslogMessage& out) {
  constexpr std::size_t kTimeBytes = 15, kMaxPlainHost = 64, kLongestZone = 5;
  constexpr std::string_view kPayload = " CEF:0|";
  static constexpr ByteSet kHostBytes = ByteSet("-._").add_range('a', 'z').add_range('A', 'Z').add_range('0', '9');
  std::size_t at = 0;
  int pri = -1;
  if (text.starts_with('<')) {
    for (at = 1, pri = 0; at < text.size() && at < 4 && is_digit(text[at]); ++at) pri = pri * 10 + (text[at] - '0');
    if (at == 1 || at == text.size() || text[at] != '>' || pri > kMaxPri) return 0;
    ++at;
  }
  TimeText time;
  const std::string_view rest = text.substr(at);
  if (rest.size() < kTimeBytes + 2 || rest[kTimeBytes] != ' ' || !scan_bsd_time(rest, time)) return 0;
  const std::string_view behind = rest.substr(kTimeBytes + 1);
  const std::size_t host_bytes = std::min(kHostBytes.find_not_in(behind), behind.size());
  const std::string_view host = behind.substr(0, host_bytes);
  if (host_bytes == 0 || host_bytes > kMaxPlainHost) return 0;
  // A short word in capitals could be the time's zone, and a number its year.
  const bool may_be_time = is_alpha(host[0]) ? is_upper(host[0]) && host_bytes <= kLongestZone : !begins_as_ipv4(host);
  if (may_be_time || !behind.substr(host_bytes).starts_with(kPayload)) return 0;
  Flags flags;
  const auto resolved = resolve_time(time, received, zone, flags);
  if (!resolved) return 0;
  out.format = SyslogFormat::rfc3164;
  if (pri >= 0) out.pri = pri;
  out.time = resolved;
  out.host = host;
  out.flags = flags;
  return static_cast<std::size_t>(host.data() - text.data()) + host_bytes + 1;
}

// "0|Vendor|..." without "CEF:", as a tag-splitting relay leaves it
bool is_bare_cef(std::string_view text) {
  const std::size_t prefix = cef_prefix_length(text);
  return prefix != 0 &&
         std::count(text.begin() + static_cast<std::ptrdiff_t>(prefix),
                    text.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(text.size(), 1024)), '|') >= 4;
}

// Words between the header as parsed and the payload: the host where none is known yet, then the app.
void read_words(std::string_view words, SyslogMessage& out) {
  while (!words.empty()) {
    if (const std::size_t skip = words.front() == ':' ? 1 : blank_length(words, 0); skip != 0) {
      words.remove_prefix(skip);
      continue;
    }
    const std::size_t end = std::min(kBlanks.find_in(words), words.size());
    std::string_view word = words.substr(0, end);
    words.remove_prefix(end);
    const bool is_tag = word.ends_with(':');
    word = word.substr(0, word.find_last_not_of(':') + 1);
    if (word.empty() || word == "-" || word == kBom || word.starts_with('[')) continue;
    if (out.host.empty() && !is_tag) {
      out.host = word;
    } else if (out.app.empty()) {
      out.app = word.substr(0, word.find('['));
    }
  }
}

}  // namespace

const char* to_string(SyslogFormat format) {
  switch (format) {
    case SyslogFormat::none:
      return "none";
    case SyslogFormat::rfc3164:
      return "rfc3164";
    case SyslogFormat::rfc5424:
      return "rfc5424";
  }
  return "none";
}

SyslogMessage parse_syslog(std::string_view message, TimePoint received, const cctz::time_zone& zone) {
  SyslogMessage out;
  parse_syslog(message, received, zone, out);
  return out;
}

void parse_syslog(std::string_view message, TimePoint received, const cctz::time_zone& zone, SyslogMessage& out) {
  out = {};
  std::string_view text = kMessageEnd.trim_end(message);
  while (text.ends_with("#000")) text.remove_suffix(4);  // a NUL that a relay spelled out
  if (const std::size_t payload = read_plain_header(text, received, zone, out); payload != 0) {
    out.rest_offset = payload;
    out.rest = text.substr(payload);
    if (!out.pri) out.flags.set(Flag::no_pri);
    return;
  }
  HeaderReader reader{text, received, zone, out};
  reader.read();
  std::size_t payload = find_cef(text, reader.at(), out.format == SyslogFormat::rfc5424 ? 1 : kMaxWords);
  if (payload != kNone) {
    read_words(text.substr(reader.at(), payload - reader.at()), out);
  } else {
    payload = reader.at();
    if (!is_bare_cef(text.substr(payload))) {
      reader.read_tag();
      payload = reader.at();
    }
  }
  out.rest_offset = payload;
  out.rest = text.substr(payload);
  const std::string_view before = text.substr(0, payload);
  if (before.empty() || before == kBom) {
    out.flags.set(Flag::no_syslog_header);
  } else if (!out.pri) {
    out.flags.set(Flag::no_pri);
  }
}

}  // namespace parsers

// Cuts a byte stream into syslog messages: octet-counted frames and delimited lines, decided frame by frame (RFC 6587).
//
//   frame       = counted / delimited
//   counted     = count SP <count octets>                    ; RFC 6587 3.4.1; a LF may be counted in, or follow
//   count       = %x31-39 *9DIGIT
//   delimited   = *octet ( LF / CRLF / NUL )                 ; RFC 6587 3.4.2
//
// Digits and a blank are a count only where a message can begin behind the blank: "<"; or, for a count of 20 and more,
// "CEF:", "0|", a BOM, a month or an ISO date; or any byte once the connection has sent a counted frame. A number from
// 1970 to 2099 in front of a month is a year ("2023 Oct 12 10:11:12 zscaler-nss: CEF:0|..."). All else is a line.
//
// A wrong count leaves the reader in the middle of a text. On a connection that counts, a line that does not begin like
// a message therefore ends where "digits SP <PRI>" stands in it: what is before is one `bad_octet_count`.
//
// Bytes in, views out; no I/O. One Framer per connection; not thread-safe. The messages do not depend on how the bytes
// were split.
#pragma once

#include <cstddef>
#include <string_view>

namespace parsers {

enum class Framing { datagram, line, octet_counted };
const char* to_string(Framing framing);  // "datagram", "line", "octet-counted"

struct FrameResult {
  enum class Kind { message, need_more, bad };
  Kind kind = Kind::need_more;
  Framing framing = Framing::line;
  std::string_view message;  // Kind::message: points into the buffer given to next(); without delimiter and count
  std::size_t consumed = 0;  // bytes of the buffer that are done with; for bad, up to the resync point
  const char* error = "";  // Kind::bad: "message_too_long", "bad_octet_count", "tls_on_plain_port", "incomplete_at_end"
  std::string_view rejected;  // Kind::bad: the bytes kept as evidence (a prefix where the message was too long)
};

class Framer {
 public:
  explicit Framer(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  // `buffer` starts at the first unconsumed byte. Empty lines are consumed within the call and never returned.
  // A message over the limit gives one `bad` with its first bytes; the rest is skipped as it arrives, without
  // being buffered, up to its delimiter or the end of its count.
  FrameResult next(std::string_view buffer);

  // What is left when the peer closes: a last line without a delimiter is a message, a half counted frame is bad.
  FrameResult finish(std::string_view buffer);

 private:
  bool skip(std::string_view buffer, std::size_t& at);
  FrameResult read_counted(std::string_view buffer, std::size_t at);
  FrameResult read_line(std::string_view buffer, std::size_t at);

  std::size_t max_message_bytes_;
  std::size_t skip_counted_ = 0;    // bytes of an over-long counted frame still to be skipped
  bool skip_to_delimiter_ = false;  // inside an over-long line
  bool has_counted_ = false;        // a counted frame came on this connection
  bool is_tls_ = false;             // TLS on a plain port: nothing on this connection can be read
  std::size_t scanned_ = 0;         // bytes from the frame's start that are known to hold no delimiter
};

}  // namespace parsers

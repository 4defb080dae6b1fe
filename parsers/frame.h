// Cuts a byte stream into syslog messages: octet-counted frames and delimited lines, decided frame by frame (RFC 6587).
//
//   frame       = counted / delimited
//   counted     = nonzero-digit *9DIGIT SP <that many octets>        ; RFC 6587 3.4.1; a LF may be counted in, or
//   follow delimited   = *octet ( LF / CRLF / NUL )                         ; RFC 6587 3.4.2
//
// Bytes in, views out; no I/O. One Framer per connection; not thread-safe.
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
  std::size_t max_message_bytes_;
  std::size_t skip_counted_ = 0;    // bytes of an over-long counted frame still to be skipped
  bool skip_to_delimiter_ = false;  // inside an over-long line
  std::size_t scanned_ = 0;         // bytes of the buffer known to hold no delimiter
};

}  // namespace parsers

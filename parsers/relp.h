// Frames of RELP, the reliable event logging protocol that rsyslog speaks (rsyslog's doc/relp.html, librelp 1.11).
//
//   frame   = txnr SP command SP datalen [ SP data ] LF
//   txnr    = 1*9DIGIT                     ; 0 only in hints of the server
//   command = 1*32ALPHA                    ; open, syslog, close
//   datalen = 1*9DIGIT                     ; 0: neither SP nor data, though a lone SP is accepted as librelp does
//
// There is no way to find the next frame behind a broken one: after `bad` the connection must be closed.
// Bytes in, views out; no I/O. One reader a connection; not thread-safe. The frames don't depend on how the bytes were
// split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parsers {

struct RelpFrame {
  enum class Kind { frame, need_more, bad };
  Kind kind = Kind::need_more;
  std::uint32_t number = 0;  // the transaction number
  std::string_view command;  // with `data`, points into the buffer or the reader, until the next call
  std::string_view data;
  bool is_too_long = false;  // data is the first max_message bytes of a longer one
  std::size_t consumed = 0;  // bytes of the buffer that are done with
  const char* error = "";    // Kind::bad: "bad_relp_frame", "tls_on_plain_port"
};

class RelpReader {
 public:
  explicit RelpReader(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  // `buffer` starts at the first byte that was not consumed. A frame over the limit is consumed as it arrives, without
  // the buffer having to hold it.
  RelpFrame next(std::string_view buffer);

 private:
  struct Header {
    enum class State { complete, need_more, bad } state = State::need_more;
    std::uint32_t number = 0;
    std::string_view command;
    std::size_t data_bytes = 0, length = 0;  // length: of the header, with the blank behind it
  };
  static Header read_header(std::string_view buffer);
  RelpFrame read_long(std::string_view buffer);

  std::size_t max_message_bytes_;
  // Of a frame over the limit, while the rest of it arrives:
  std::size_t missing_ = 0;  // with its LF
  std::uint32_t number_ = 0;
  std::string command_, kept_;
};

}  // namespace parsers

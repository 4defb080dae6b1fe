#include "parsers/relp.h"

#include <algorithm>

#include "parsers/ascii.h"

namespace parsers {
namespace {

constexpr std::size_t kMaxDigits = 9, kMaxCommandBytes = 32;
constexpr char kTlsHandshake = 0x16;

std::uint32_t number_of(std::string_view digits) {
  std::uint32_t number = 0;
  for (const char digit : digits) number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  return number;
}

RelpFrame bad(const char* error) {
  RelpFrame frame;
  frame.kind = RelpFrame::Kind::bad;
  frame.error = error;
  return frame;
}

}  // namespace

RelpReader::Header RelpReader::read_header(std::string_view buffer) {
  Header header;
  std::size_t at = 0;
  // The next word. Nothing where there is none; `state` tells whether more bytes could help.
  const auto word = [&](std::size_t most, bool (*accepts)(char)) {
    const std::size_t begin = at;
    while (at < buffer.size() && at - begin <= most && accepts(buffer[at])) ++at;
    const std::size_t length = at - begin;
    const bool is_cut = at == buffer.size() && length <= most;
    header.state = is_cut                         ? Header::State::need_more
                   : length == 0 || length > most ? Header::State::bad
                                                  : Header::State::complete;
    return buffer.substr(begin, length);
  };
  const auto blank = [&] {
    if (buffer[at++] != ' ') header.state = Header::State::bad;
    return header.state == Header::State::complete;
  };
  header.number = number_of(word(kMaxDigits, is_digit));
  if (header.state != Header::State::complete || !blank()) return header;
  header.command = word(kMaxCommandBytes, is_alpha);
  if (header.state != Header::State::complete || !blank()) return header;
  header.data_bytes = number_of(word(kMaxDigits, is_digit));
  if (header.state != Header::State::complete) return header;
  if (buffer[at] == ' ')
    ++at;
  else if (header.data_bytes != 0 || buffer[at] != '\n')
    header.state = Header::State::bad;
  header.length = at;
  return header;
}

RelpFrame RelpReader::next(std::string_view buffer) {
  if (missing_ > 0) return read_long(buffer);
  if (!buffer.empty() && buffer[0] == kTlsHandshake) return bad("tls_on_plain_port");
  const Header header = read_header(buffer);
  if (header.state == Header::State::bad) return bad("bad_relp_frame");
  RelpFrame frame;
  if (header.state == Header::State::need_more) return frame;
  if (header.data_bytes > max_message_bytes_) {
    missing_ = header.data_bytes + 1;
    number_ = header.number;
    command_ = header.command;
    kept_.clear();
    frame = read_long(buffer.substr(header.length));
    frame.consumed += header.length;
    return frame;
  }
  const std::size_t end = header.length + header.data_bytes;
  if (buffer.size() <= end) return frame;
  if (buffer[end] != '\n') return bad("bad_relp_frame");
  frame.kind = RelpFrame::Kind::frame;
  frame.number = header.number;
  frame.command = header.command;
  frame.data = buffer.substr(header.length, header.data_bytes);
  frame.consumed = end + 1;
  return frame;
}

RelpFrame RelpReader::read_long(std::string_view buffer) {
  RelpFrame frame;
  const std::size_t data = std::min(missing_ - 1, buffer.size());
  kept_.append(buffer.substr(0, std::min(data, max_message_bytes_ - kept_.size())));
  missing_ -= data;
  frame.consumed = data;
  if (missing_ > 1 || buffer.size() == data) return frame;
  if (buffer[data] != '\n') return bad("bad_relp_frame");
  missing_ = 0;
  frame.kind = RelpFrame::Kind::frame;
  frame.number = number_;
  frame.command = command_;
  frame.data = kept_;
  frame.is_too_long = true;
  frame.consumed = data + 1;
  return frame;
}

}  // namespace parsers

// What a Framer makes of a stream that comes in pieces of `step` bytes, as one text.
#pragma once

#include <string>
#include <string_view>

#include "parsers/frame.h"

inline std::string received_messages(std::string_view stream, std::size_t step) {
  parsers::Framer framer{64};
  std::string buffer;
  std::string seen;
  const auto take = [&](const parsers::FrameResult& result) {
    if (result.consumed > buffer.size()) __builtin_trap();
    seen.append(result.message).append(result.error).push_back('\n');
    if (result.kind == parsers::FrameResult::Kind::need_more) seen.pop_back();
    buffer.erase(0, result.consumed);
    return result.kind != parsers::FrameResult::Kind::need_more;
  };
  for (std::size_t at = 0; at < stream.size(); at += step) {
    buffer += stream.substr(at, step);
    while (take(framer.next(buffer))) {
    }
  }
  take(framer.finish(buffer));
  return seen;
}

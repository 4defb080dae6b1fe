// The frames of a RELP stream are the same whole and in pieces.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/relp.h"

namespace {

std::vector<std::string> frames(std::string_view stream, std::size_t step) {
  parsers::RelpReader reader(256);
  std::vector<std::string> found;
  std::string buffer;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    buffer += stream.substr(at, step);
    for (bool more = true; more;) {
      const parsers::RelpFrame frame = reader.next(buffer);
      if (frame.kind == parsers::RelpFrame::Kind::bad) return found;
      more = frame.kind == parsers::RelpFrame::Kind::frame;
      if (more) found.push_back(std::to_string(frame.number) + std::string(frame.command) + std::string(frame.data));
      buffer.erase(0, frame.consumed);
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (frames(stream, stream.size() + 1) != frames(stream, 1u + data[0] % 40u)) __builtin_trap();
  return 0;
}

#include "sensor/graph/gzip.h"

#include <zlib.h>

#include <algorithm>

namespace graph {
namespace {

constexpr std::size_t kStep = 256 * 1024;
constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: gzip headers alone

struct Stream {
  Stream() { ready = inflateInit2(&state, kGzipWindow) == Z_OK; }
  ~Stream() {
    if (ready) inflateEnd(&state);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  z_stream state{};
  bool ready = false;
};

}  // namespace

Inflated inflate_gzip(std::string_view packed, std::size_t limit) {
  Inflated out;
  Stream stream;
  if (!stream.ready) return {"", Inflated::End::damaged};
  z_stream& state = stream.state;
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib does not write to it
  state.avail_in = static_cast<uInt>(packed.size());
  for (;;) {
    const std::size_t begin = out.text.size();
    const std::size_t room = std::min(kStep, limit + 1 - begin);
    out.text.resize(begin + room);
    state.next_out = reinterpret_cast<Bytef*>(out.text.data() + begin);
    state.avail_out = static_cast<uInt>(room);
    const int result = inflate(&state, Z_NO_FLUSH);
    out.text.resize(begin + room - state.avail_out);
    if (out.text.size() > limit) {
      out.text.resize(limit);
      out.end = Inflated::End::too_large;
      return out;
    }
    if (result == Z_STREAM_END) {
      if (state.avail_in == 0) return out;
      if (inflateReset(&state) != Z_OK) out.end = Inflated::End::damaged;  // another member follows
      if (out.end != Inflated::End::whole) return out;
    } else if (result == Z_BUF_ERROR || (result == Z_OK && state.avail_in == 0 && state.avail_out > 0)) {
      out.end = Inflated::End::cut;
      return out;
    } else if (result != Z_OK) {
      out.end = Inflated::End::damaged;
      return out;
    }
  }
}

}  // namespace graph

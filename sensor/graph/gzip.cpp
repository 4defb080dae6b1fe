#include "sensor/graph/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace graph {
namespace {

constexpr std::size_t kStep = 64 * 1024;
constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: gzip headers alone

}  // namespace

struct Gunzip::State {
  State() : ready(inflateInit2(&stream, kGzipWindow) == Z_OK) {}
  ~State() {
    if (ready) inflateEnd(&stream);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  z_stream stream{};
  bool ready = false;
  std::array<char, kStep> step;
};

Gunzip::Gunzip(std::size_t limit) : state_(std::make_unique<State>()), room_(limit) {
  if (!state_->ready) end_ = End::damaged;
}

Gunzip::~Gunzip() = default;

void Gunzip::take(std::string_view packed, const std::function<void(std::string_view)>& out) {
  z_stream& stream = state_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.avail_out = 0;
  while (end_ != End::damaged && end_ != End::too_large && (stream.avail_in > 0 || stream.avail_out == 0)) {
    if (end_ == End::whole) {
      if (stream.avail_in == 0) return;
      inflateReset(&stream);  // another member follows
      end_ = End::cut;
    }
    stream.next_out = reinterpret_cast<Bytef*>(state_->step.data());
    stream.avail_out = kStep;
    const int result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = kStep - stream.avail_out;
    const std::size_t fits = std::min(got, room_);
    if (fits > 0) out({state_->step.data(), fits});
    room_ -= fits;
    if (got > fits) {
      end_ = End::too_large;
    } else if (result == Z_STREAM_END) {
      end_ = End::whole;
    } else if (result == Z_BUF_ERROR) {
      return;  // it wants more
    } else if (result != Z_OK) {
      end_ = End::damaged;
    }
  }
}

}  // namespace graph

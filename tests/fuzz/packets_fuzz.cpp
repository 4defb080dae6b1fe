// Frames with a length in front (two octets), one after another: decoded, put together, in order, within the limits.
#include "parsers/packets/fragments.h"
#include "parsers/packets/resync.h"
#include "parsers/packets/tcp_streams.h"

namespace {

struct Reader final : parsers::TcpReader {
  void begin(Stream, const parsers::Flow&, Beginning) override { ++open; }
  void data(Stream, std::string_view bytes, parsers::TimePoint) override {
    if (bytes.empty()) __builtin_trap();
    if (parsers::find_message_start(bytes).at > bytes.size()) __builtin_trap();
  }
  void gap(Stream, parsers::TimePoint) override {}
  void end(Stream, Ending, parsers::TimePoint) override { --open; }
  std::size_t open = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (rest.empty()) return 0;
  const auto link = static_cast<parsers::LinkType>(data[0] % 5);
  Reader reader;
  parsers::Fragments fragments({.max_bytes = 16'384, .max_packets = 8, .max_pieces = 16});
  parsers::TcpStreams streams({.max_streams = 4, .max_held_bytes = 16'384, .max_held_segments = 8}, reader);
  parsers::TimePoint now{};
  for (rest.remove_prefix(1); rest.size() > 2; now += std::chrono::milliseconds(50)) {
    const std::size_t length = static_cast<unsigned char>(rest[0]) * 256u + static_cast<unsigned char>(rest[1]);
    const std::string frame(rest.substr(2, length));  // a copy of its own: the sanitizer sees a read behind its end
    rest.remove_prefix(std::min(rest.size(), length + 2));
    parsers::IpPacket packet;
    parsers::Segment segment;
    if (parsers::read_ip(link, frame, packet) != parsers::Decoded::yes) continue;
    const parsers::IpPacket* whole = packet.is_fragment ? fragments.add(packet, now) : &packet;
    if (fragments.bytes() > 16'384 + 65'535 + 64) __builtin_trap();
    if (!whole || parsers::read_segment(*whole, segment) != parsers::Decoded::yes || !segment.is_tcp) continue;
    streams.add({whole->source, whole->destination, segment.source_port, segment.destination_port}, segment, now);
    if (streams.size() > 4 || streams.held_bytes() > 16'384 || reader.open != streams.size()) __builtin_trap();
  }
  streams.finish(now);
  if (streams.size() || streams.held_bytes() || reader.open) __builtin_trap();
  return 0;
}

// A capture file of any kind through the whole road of a message: libpcap, packets, framing, parsers. What came in is
// what was counted.
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/ingest/capture.h"
#include "sensor/ingest/packets.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const int file = memfd_create("capture", 0);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) return 0;
  const parsers::IdentityMap nobody;
  ingest::Intake intake(nobody, [](storage::Batch& batch) { return batch.clear(), true; });
  config::Listen tap;
  tap.max_streams = 4;
  tap.reassembly_bytes = 16'384;
  ingest::Input input(tap);
  try {
    auto capture = ingest::Capture::of_file("/proc/self/fd/" + std::to_string(file), "");
    ingest::Packets packets(input, intake, [&](const parsers::IpPacket& packet) {
      return capture.wants(packet.headers, packet.ip_header_at, packet.payload);
    });
    ingest::Capture::Packet packet;
    while (capture.next(packet) == ingest::Capture::Next::packet)
      packets.take(capture.link(), packet.bytes, packet.captured);
    packets.finish(packet.captured);
  } catch (const ingest::CaptureError&) {
    // no capture file
  }
  close(file);
  const ingest::InputStats& stats = input.stats;
  if (stats.received != stats.parsed + stats.quarantined + stats.dropped) __builtin_trap();
  return 0;
}

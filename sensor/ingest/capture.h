// Captured packets: off an interface, or out of a pcap or pcapng file. Moves bytes and knows nothing of what is in
// them; the one place that knows libpcap, beside capture_filter.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "parsers/packets/packet.h"
#include "parsers/time.h"
#include "sensor/config/config.h"

namespace ingest {

// A sentence with what mends it.
class CaptureError : public std::runtime_error {
 public:
  // no_interface, not_up: it may come; the others want somebody.
  enum class Kind { no_interface, not_up, no_permission, unreadable };
  CaptureError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

class Capture {
 public:
  struct Packet {
    std::string_view bytes;  // until the next one
    parsers::TimePoint captured{};
  };
  enum class Next { packet, nothing, end, failed };
  struct Drops {
    std::uint64_t kernel = 0;     // passed the filter, and found no room in the buffer
    std::uint64_t interface = 0;  // lost by the card before any filter: whatever they were
  };

  // Throw CaptureError. Off an interface nothing is waited for: descriptor() becomes readable.
  static Capture of_interface(const config::Listen& tap);
  static Capture of_file(const std::string& path, const std::string& filter);
  ~Capture();
  Capture(Capture&&) noexcept;
  Capture& operator=(Capture&&) noexcept;

  parsers::LinkType link() const;
  Next next(Packet& packet);
  std::string error() const;           // after Next::failed
  int descriptor() const;              // of an interface; stays ours
  std::optional<Drops> drops() const;  // since it was opened; nothing for files
  // Whether the filter, as it was written, wants this packet: for those that came in pieces. Both views together are
  // the frame; IP begins at ip_header_at.
  bool wants(std::string_view headers, std::size_t ip_header_at, std::string_view payload);

  // Whether `path` begins like a capture file.
  static bool is_file(std::string_view first_bytes);

 private:
  struct Impl;
  explicit Capture(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "" when the interface is there, up and may be read; else the sentence of the CaptureError.
std::string capture_fault(const config::Listen& tap);

}  // namespace ingest

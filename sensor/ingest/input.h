// One input of the configuration, with its counters.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "sensor/config/config.h"
#include "sensor/ingest/reasons.h"

namespace ingest {

enum class CaptureState { reads, no_interface, not_up, unreadable };

// Written by the thread that serves the input, read by `status`. received = parsed + quarantined + dropped at any quiet
// moment; messages and connections of peers that [[listen]] allow refuses count as `refused` alone.
struct InputStats {
  std::atomic<std::uint64_t> received{0}, parsed{0}, quarantined{0}, dropped{0}, refused{0};
  std::array<std::atomic<std::uint64_t>, 5> events{};  // parsed messages by parsers::Vendor; 0: columns only
  // Of these: what correlation can't use, or only in part. For `doctor` and metrics.
  std::array<std::atomic<std::uint64_t>, 5> without_url{}, without_user{}, user_unmapped{};
  std::array<std::atomic<std::uint64_t>, 5> native{};  // messages in a device's own format, by parsers::Vendor
  std::array<std::atomic<std::uint64_t>, kReasons.size()> reasons{};  // quarantined messages by ingest::kReasons
  std::atomic<std::uint64_t> not_kept{0};           // quarantined messages beyond the bound: counted, not stored
  std::atomic<std::int64_t> last_event_micros{0};   // time received of the newest message; 0: none yet
  std::atomic<std::int64_t> longest_gap_micros{0};  // between two messages: the input's habit
  std::atomic<std::int64_t> clock_skew_ms{0};       // smoothed: time received minus device time

  std::atomic<std::uint64_t> too_long{0};  // messages over max_message: their beginning is in quarantine
  // Streams:
  std::atomic<std::uint64_t> connections{0};                 // open now
  std::atomic<std::uint64_t> over_limit{0};                  // closed: max_connections (_per_peer)
  std::atomic<std::uint64_t> idle_closed{0};                 // idle_timeout
  std::atomic<std::uint64_t> stalled_closed{0};              // frame_timeout
  std::atomic<std::uint64_t> failed_handshakes{0};           // TLS
  std::atomic<std::uint64_t> protocol_errors{0};             // RELP that is none
  std::atomic<std::int64_t> certificate_expires_seconds{0};  // Unix time; 0: no certificate
  std::atomic<bool> certificate_unusable{false};  // the files changed and can't be used; the one before serves
  // Datagrams:
  std::atomic<std::uint64_t> kernel_dropped{0};        // part of `dropped`: no room in the receive buffer
  std::atomic<std::uint64_t> receive_buffer_bytes{0};  // as the kernel granted it
  // Captures; kernel_dropped is the kernel's, for want of room in `buffer`, and is part of `dropped` as well:
  std::atomic<CaptureState> capture_state{CaptureState::reads};
  std::atomic<std::uint64_t> interface_dropped{0};   // part of `dropped`: lost by the card, whatever they were
  std::atomic<std::uint64_t> packets{0};             // that passed the filter
  std::atomic<std::uint64_t> malformed_packets{0};   // no IP, UDP or TCP that holds together
  std::atomic<std::uint64_t> incomplete_packets{0};  // of which a piece never came
  std::atomic<std::uint64_t> refused_pieces{0};      // packets whose pieces contradict each other
  std::atomic<std::uint64_t> joined_streams{0};      // TCP connections that had begun before the capture
  std::atomic<std::uint64_t> stream_gaps{0};         // segments that the capture did not see
  std::atomic<std::uint64_t> evicted_streams{0};     // max_streams
};

struct Input {
  explicit Input(config::Listen settings) : config(std::move(settings)) {}
  config::Listen config;
  InputStats stats;
};

}  // namespace ingest

// Puts IP packets together that came in pieces (RFC 791 3.2; RFC 8200 4.5), in bounded memory.
//
// libtins' IPv4Reassembler has no bound in number, bytes or age, and there is none for IPv6: a stream of first pieces
// would take all memory. Pieces that overlap end their packet (RFC 5722): what a receiver makes of them depends on its
// system, and this one must not read what the other does not. Repeated pieces with the same bytes are ignored.
//
// Threads: one. Time comes in as an argument: that of the capture.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "parsers/packets/packet.h"
#include "parsers/time.h"

namespace parsers {

class Fragments {
 public:
  struct Limits {
    std::size_t max_bytes = std::size_t{8} << 20;  // of pieces that wait; the oldest packet goes first
    std::size_t max_packets = 1024;                // the same
    std::size_t max_pieces = 256;                  // of one packet: 64 KiB in pieces of 256 bytes
    Duration max_age = std::chrono::seconds(30);   // Linux waits as long
  };
  struct Counters {
    std::uint64_t incomplete = 0;  // packets given up: a piece did not come, or a limit was reached
    std::uint64_t refused = 0;     // packets with pieces that overlap, are cut or end behind 64 KiB
  };

  explicit Fragments(const Limits& limits) : limits_(limits) {}

  // The whole packet when `piece` is the last one missing, else null. It is good until the next call.
  const IpPacket* add(const IpPacket& piece, TimePoint now);
  void expire(TimePoint now);
  const Counters& counters() const { return counters_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Key {
    IpAddress source, destination;
    std::uint32_t id = 0;
    std::uint8_t protocol = 0;  // IPv4: identifications are unique for each protocol
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Piece {
    std::size_t offset = 0;
    std::string bytes;
  };
  struct Pending {
    Key key;
    TimePoint begun{};
    std::vector<Piece> pieces;  // by offset
    std::size_t bytes = 0;      // of pieces
    std::size_t total = 0;      // 0: the last piece has not come
    std::string headers;        // of the first piece
    IpPacket first;             // its fields; its views mean nothing
  };
  using Place = std::list<Pending>::iterator;
  enum class Fit { added, repeated, refused };

  Place find_or_begin(const Key& key, TimePoint now);
  Fit fit(Pending& pending, const IpPacket& piece) const;
  void make_room(Place keep);
  void remove(Place place);
  const IpPacket* join(Place place);

  Limits limits_;
  Counters counters_;
  std::list<Pending> pending_;  // oldest first
  boost::unordered_flat_map<Key, Place, KeyHash> index_;
  std::size_t bytes_ = 0;
  IpPacket whole_;
  std::string whole_headers_, whole_payload_;
};

}  // namespace parsers

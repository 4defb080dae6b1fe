// TCP as a bystander sees it (RFC 9293): segments in, the bytes of each direction out in order, in bounded memory.
// Connections may have begun before the capture did, segments come late, twice, or never.
//
// libtins' StreamFollower does this without a bound on the number of streams, and throws; a flood of made-up
// connections would take all memory. Here a stream costs something only once it carries data; what a connection begins
// with is remembered by its opening segment in a table of fixed size.
//
// What the receiver took first counts: bytes that come again are not looked at. A hole that stays open is passed over,
// for its segment was lost to the capture, not to the receiver, and will not be sent again.
//
// Threads: one. Time comes in as an argument: that of the capture.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/packets/packet.h"
#include "parsers/time.h"

namespace parsers {

struct Flow {
  IpAddress source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  bool operator==(const Flow&) const = default;
};

class TcpReader {
 public:
  using Stream = std::uint32_t;  // used again after end()
  enum class Beginning { whole, in_the_middle };
  enum class Ending { closed, forgotten };  // forgotten: silent too long, or one stream too many

  virtual void begin(Stream stream, const Flow& flow, Beginning beginning) = 0;
  virtual void data(Stream stream, std::string_view bytes, TimePoint captured) = 0;
  virtual void gap(Stream stream, TimePoint captured) = 0;  // bytes are missing between data before and after
  virtual void end(Stream stream, Ending ending, TimePoint captured) = 0;

 protected:
  ~TcpReader() = default;
};

class TcpStreams {
 public:
  struct Limits {
    std::size_t max_streams = 4096;                     // one more ends the one that is silent for longest
    std::size_t max_held_bytes = std::size_t{8} << 20;  // of segments that came too early, of all streams together
    std::size_t max_held_segments = 512;                // of one stream
    Duration max_hole_age = std::chrono::seconds(1);
    Duration max_silence = std::chrono::hours(24);
  };
  struct Counters {
    std::uint64_t gaps = 0;     // holes that were passed over
    std::uint64_t evicted = 0;  // streams ended by max_streams
  };

  TcpStreams(const Limits& limits, TcpReader& reader);

  void add(const Flow& flow, const Segment& segment, TimePoint now);
  // Holes and silent streams that are too old by now.
  void expire(TimePoint now);
  // The capture is over: what waits behind holes comes out, then each stream ends as forgotten.
  void finish(TimePoint now);

  std::size_t size() const { return index_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }
  const Counters& counters() const { return counters_; }

 private:
  struct Stream {
    Flow flow;
    std::uint64_t position = 0;                 // of the next byte wanted, counted on past 2^32
    std::map<std::uint64_t, std::string> held;  // by position
    TimePoint last{}, hole_since{};
    std::uint64_t end_position = 0;                // of its FIN; 0: none seen
    std::list<std::uint32_t>::iterator age, hole;  // `hole` is good while something is held
  };
  // How a connection began or ended last: by its ports, in a table that a flood can only overwrite.
  struct Mark {
    enum class Kind { none, opened, closed } kind = Kind::none;
    Flow flow;
    std::uint32_t sequence = 0;  // opened: of its first byte; closed: behind its last
  };
  struct FlowHash {
    std::size_t operator()(const Flow& flow) const;
  };

  Mark& mark(const Flow& flow) { return marks_[FlowHash()(flow) % marks_.size()]; }
  bool is_late(const Flow& flow, std::uint32_t sequence);
  void note_opening(const Flow& flow, const Segment& segment, TimePoint now);
  std::uint32_t begin(const Flow& flow, std::uint32_t sequence, TimePoint now);
  void take(std::uint32_t id, std::uint32_t sequence, std::string_view bytes, TimePoint now);
  void hold(std::uint32_t id, std::uint64_t position, std::string_view bytes, TimePoint now);
  void deliver_held(std::uint32_t id, TimePoint now);
  void pass_hole(std::uint32_t id, TimePoint now);
  void close_at_end(std::uint32_t id, TimePoint now);
  void end(std::uint32_t id, TcpReader::Ending ending, TimePoint now);

  Limits limits_;
  TcpReader& reader_;
  Counters counters_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> free_;
  boost::unordered_flat_map<Flow, std::uint32_t, FlowHash> index_;
  std::list<std::uint32_t> by_age_;  // longest silent first
  std::list<std::uint32_t> holes_;   // streams with held segments, oldest hole first
  std::vector<Mark> marks_;
  std::size_t held_bytes_ = 0;
};

}  // namespace parsers

// Captured packets to messages: steps 1 and 2 of an event's road for [[tap]] and for capture files alike.
//
// Threads: the Intake's. Errors: none; whatever is in a packet is counted in the input's stats.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "parsers/frame.h"
#include "parsers/packets/fragments.h"
#include "parsers/packets/tcp_streams.h"
#include "sensor/ingest/input.h"
#include "sensor/ingest/intake.h"
#include "sensor/ingest/peers.h"

namespace ingest {

class Packets final : private parsers::TcpReader {
 public:
  // Whether the capture's filter wants a packet that came in pieces, for pieces pass it unasked.
  using Wants = std::function<bool(const parsers::IpPacket&)>;
  Packets(Input& input, Intake& intake, Wants wants);
  ~Packets();

  void take(parsers::LinkType link, std::string_view frame, parsers::TimePoint captured);
  // Gives up what waits for too long by now.
  void expire(parsers::TimePoint now);
  // Nothing will follow.
  void finish(parsers::TimePoint now);

 private:
  // One direction of a connection.
  struct Reading {
    explicit Reading(std::size_t max_message_bytes) : framer(max_message_bytes) {}
    std::string peer;
    bool is_allowed = true;
    bool is_in_step = false;  // `rest` begins where a message does
    bool is_fresh = true;     // nothing was seen since the beginning, or since a gap
    parsers::Framer framer;
    std::string rest;  // of a message that has not come whole
  };

  void take_segment(const parsers::IpPacket& packet, parsers::TimePoint captured);
  void take_datagram(const parsers::IpPacket& packet, const parsers::Segment& segment, parsers::TimePoint captured);
  void begin(Stream stream, const parsers::Flow& flow, Beginning beginning) override;
  void data(Stream stream, std::string_view bytes, parsers::TimePoint captured) override;
  void gap(Stream stream, parsers::TimePoint captured) override;
  void end(Stream stream, Ending ending, parsers::TimePoint captured) override;

  void find_step(Reading& reading, std::string_view bytes, parsers::TimePoint captured);
  std::size_t read(Reading& reading, std::string_view bytes, parsers::TimePoint captured);
  void keep(Reading& reading, std::string_view rest, parsers::TimePoint captured);
  void let_go(Reading& reading, std::string_view reason, parsers::TimePoint captured);
  void deliver(const parsers::FrameResult& frame, const Reading& reading, parsers::TimePoint captured);
  bool may_take();
  const std::string& peer_of(const parsers::IpAddress& address);
  void publish();

  Input& input_;
  Intake& intake_;
  Wants wants_;
  AllowList allow_;
  parsers::Fragments fragments_;
  parsers::TcpStreams streams_;
  std::vector<Reading> readings_;  // by Stream
  std::size_t rest_bytes_ = 0;     // of all readings
  parsers::IpAddress last_address_;
  std::string peer_;
  bool peer_allowed_ = false;
};

}  // namespace ingest

#include "sensor/ingest/packets.h"

#include <boost/asio/ip/address.hpp>

#include <utility>

#include "parsers/packets/resync.h"

namespace ingest {
namespace {

// What `reassembly` is for, in parts.
parsers::Fragments::Limits fragment_limits(const config::Listen& tap) {
  parsers::Fragments::Limits limits;
  limits.max_bytes = tap.reassembly_bytes / 4;
  return limits;
}
parsers::TcpStreams::Limits stream_limits(const config::Listen& tap) {
  parsers::TcpStreams::Limits limits;
  limits.max_held_bytes = tap.reassembly_bytes / 4;
  limits.max_streams = tap.max_streams;
  limits.max_silence = tap.idle_timeout;
  return limits;
}
std::size_t rest_limit(const config::Listen& tap) { return tap.reassembly_bytes / 2; }

std::string text_of(const parsers::IpAddress& address) {
  namespace ip = boost::asio::ip;
  if (address.is_v6) return peer_name(ip::make_address_v6(address.bytes));
  const ip::address_v4::bytes_type first = {address.bytes[0], address.bytes[1], address.bytes[2], address.bytes[3]};
  return ip::make_address_v4(first).to_string();
}

void add(std::atomic<std::uint64_t>& counter, std::uint64_t count = 1) {
  counter.fetch_add(count, std::memory_order_relaxed);
}

}  // namespace

Packets::Packets(Input& input, Intake& intake, Wants wants)
    : input_(input),
      intake_(intake),
      wants_(std::move(wants)),
      allow_(input.config.allow),
      fragments_(fragment_limits(input.config)),
      streams_(stream_limits(input.config), *this) {}

Packets::~Packets() { input_.stats.connections.store(0, std::memory_order_relaxed); }

void Packets::take(parsers::LinkType link, std::string_view frame, parsers::TimePoint captured) {
  add(input_.stats.packets);
  parsers::IpPacket packet;
  const parsers::Decoded decoded = parsers::read_ip(link, frame, packet);
  if (decoded == parsers::Decoded::malformed) add(input_.stats.malformed_packets);
  if (decoded != parsers::Decoded::yes) return;
  if (!packet.is_fragment) {
    if (!packet.passed_unasked || wants_(packet)) take_segment(packet, captured);
    return;
  }
  if (const parsers::IpPacket* whole = fragments_.add(packet, captured); whole && wants_(*whole))
    take_segment(*whole, captured);
  publish();
}

void Packets::take_segment(const parsers::IpPacket& packet, parsers::TimePoint captured) {
  parsers::Segment segment;
  const parsers::Decoded decoded = parsers::read_segment(packet, segment);
  if (decoded == parsers::Decoded::malformed) add(input_.stats.malformed_packets);
  if (decoded != parsers::Decoded::yes) return;
  if (!segment.is_tcp) return take_datagram(packet, segment, captured);
  streams_.add({packet.source, packet.destination, segment.source_port, segment.destination_port}, segment, captured);
  publish();
}

void Packets::take_datagram(const parsers::IpPacket& packet, const parsers::Segment& segment,
                            parsers::TimePoint captured) {
  const std::string& peer = peer_of(packet.source);
  if (!peer_allowed_) return add(input_.stats.refused);
  if (!may_take()) return;
  const std::string_view message = segment.payload;
  if (segment.is_cut)
    intake_.refuse(input_, peer, message.substr(0, input_.config.max_message_bytes), "capture_cut", captured);
  else if (message.size() > input_.config.max_message_bytes)
    intake_.refuse(input_, peer, message.substr(0, input_.config.max_message_bytes), "message_too_long", captured);
  else
    intake_.take(input_, peer, message, captured);
}

void Packets::begin(Stream stream, const parsers::Flow& flow, Beginning beginning) {
  while (readings_.size() <= stream) readings_.emplace_back(input_.config.max_message_bytes);
  Reading& reading = readings_[stream];
  reading = Reading(input_.config.max_message_bytes);
  reading.peer = peer_of(flow.source);
  reading.is_allowed = peer_allowed_;
  reading.is_in_step = beginning == Beginning::whole;
  if (!reading.is_allowed) add(input_.stats.refused);
  if (!reading.is_in_step) add(input_.stats.joined_streams);
}

void Packets::data(Stream stream, std::string_view bytes, parsers::TimePoint captured) {
  Reading& reading = readings_[stream];
  if (!reading.is_allowed) return;
  if (!reading.is_in_step) return find_step(reading, bytes, captured);
  if (reading.rest.empty()) return keep(reading, bytes.substr(read(reading, bytes, captured)), captured);
  reading.rest += bytes;
  rest_bytes_ += bytes.size();
  const std::size_t done = read(reading, reading.rest, captured);
  reading.rest.erase(0, done);
  rest_bytes_ -= done;
  keep(reading, {}, captured);
}

// What comes before the first message is the end of one that began before the capture.
void Packets::find_step(Reading& reading, std::string_view bytes, parsers::TimePoint captured) {
  const auto go_on = [&](std::string_view from) {
    const std::string message(from);
    rest_bytes_ -= reading.rest.size();
    reading.rest.clear();
    reading.is_in_step = true;
    keep(reading, std::string_view(message).substr(read(reading, message, captured)), captured);
  };
  if (std::exchange(reading.is_fresh, false) && parsers::begins_segment(bytes)) return go_on(bytes);
  reading.rest += bytes;
  rest_bytes_ += bytes.size();
  const parsers::MessageStart start = parsers::find_message_start(reading.rest);
  if (start.is_found) return go_on(std::string_view(reading.rest).substr(start.at));
  const bool is_hopeless = reading.rest.size() - start.at > input_.config.max_message_bytes;
  const std::size_t done = is_hopeless ? reading.rest.size() : start.at;
  reading.rest.erase(0, done);
  rest_bytes_ -= done;
}

std::size_t Packets::read(Reading& reading, std::string_view bytes, parsers::TimePoint captured) {
  std::string_view rest = bytes;
  for (bool going = true; going;) {
    const parsers::FrameResult frame = reading.framer.next(rest);
    deliver(frame, reading, captured);
    rest.remove_prefix(frame.consumed);
    going = frame.kind != parsers::FrameResult::Kind::need_more;
  }
  return bytes.size() - rest.size();
}

// Adds to the half message; where all of them together are too much, this one is given up.
void Packets::keep(Reading& reading, std::string_view rest, parsers::TimePoint captured) {
  reading.rest += rest;
  rest_bytes_ += rest.size();
  if (rest_bytes_ <= rest_limit(input_.config) || reading.rest.empty()) return;
  add(input_.stats.over_limit);
  let_go(reading, "capture_gap", captured);
}

void Packets::let_go(Reading& reading, std::string_view reason, parsers::TimePoint captured) {
  if (reading.is_in_step && reading.is_allowed && !reading.rest.empty() && may_take())
    intake_.refuse(input_, reading.peer, reading.rest, reason, captured);
  rest_bytes_ -= reading.rest.size();
  reading.rest.clear();
  reading.is_in_step = false;
  reading.is_fresh = true;
  reading.framer = parsers::Framer(input_.config.max_message_bytes);
}

void Packets::gap(Stream stream, parsers::TimePoint captured) { let_go(readings_[stream], "capture_gap", captured); }

void Packets::end(Stream stream, Ending ending, parsers::TimePoint captured) {
  Reading& reading = readings_[stream];
  if (ending == Ending::closed && reading.is_in_step && reading.is_allowed) {
    std::string_view rest = reading.rest;
    for (bool going = !rest.empty(); going && !rest.empty();) {
      const parsers::FrameResult frame = reading.framer.finish(rest);
      deliver(frame, reading, captured);
      rest.remove_prefix(frame.consumed);
      going = frame.kind != parsers::FrameResult::Kind::need_more;
    }
    rest_bytes_ -= reading.rest.size();
    reading.rest.clear();
  }
  let_go(reading, "incomplete_at_end", captured);
  reading = Reading(input_.config.max_message_bytes);
}

void Packets::deliver(const parsers::FrameResult& frame, const Reading& reading, parsers::TimePoint captured) {
  using Kind = parsers::FrameResult::Kind;
  if (frame.kind == Kind::need_more || !may_take()) return;
  if (frame.kind == Kind::message) intake_.take(input_, reading.peer, frame.message, captured);
  if (frame.kind == Kind::bad) intake_.refuse(input_, reading.peer, frame.rejected, frame.error, captured);
}

// A capture can't make a sender wait.
bool Packets::may_take() {
  if (intake_.has_room()) return true;
  add(input_.stats.dropped);
  add(input_.stats.received);
  return false;
}

// Sets peer_allowed_ too; the same sender as last time costs a comparison.
const std::string& Packets::peer_of(const parsers::IpAddress& address) {
  if (peer_.empty() || !(address == last_address_)) {
    last_address_ = address;
    peer_ = text_of(address);
    peer_allowed_ = allow_.allows(peer_);
  }
  return peer_;
}

void Packets::expire(parsers::TimePoint now) {
  fragments_.expire(now);
  streams_.expire(now);
  publish();
}

void Packets::finish(parsers::TimePoint now) {
  streams_.finish(now);
  publish();
}

void Packets::publish() {
  InputStats& stats = input_.stats;
  constexpr auto kRelaxed = std::memory_order_relaxed;
  stats.connections.store(streams_.size(), kRelaxed);
  stats.stream_gaps.store(streams_.counters().gaps, kRelaxed);
  stats.evicted_streams.store(streams_.counters().evicted, kRelaxed);
  stats.incomplete_packets.store(fragments_.counters().incomplete, kRelaxed);
  stats.refused_pieces.store(fragments_.counters().refused, kRelaxed);
}

}  // namespace ingest

#include "parsers/packets/tcp_streams.h"

#include <algorithm>
#include <functional>

namespace parsers {
namespace {

constexpr std::size_t kMarks = 4096;
// Farther from what is expected than any window reaches (RFC 7323: 2^30) on the way to a collector: another connection
// with the same ports, whose opening was not seen.
constexpr std::int64_t kPlausibleDistance = 64 << 20;
constexpr std::uint64_t kFirstPosition = std::uint64_t{1} << 32;  // so that nothing before it is negative
constexpr std::size_t kSegmentCost = 96;                          // bookkeeping of a held segment

std::int32_t distance(std::uint32_t from, std::uint32_t to) { return static_cast<std::int32_t>(to - from); }

}  // namespace

std::size_t TcpStreams::FlowHash::operator()(const Flow& flow) const {
  const auto view = [](const IpAddress& address) {
    return std::string_view(reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size());
  };
  const std::hash<std::string_view> hash;
  const std::size_t ports = std::size_t{flow.source_port} << 16 | flow.destination_port;
  return (hash(view(flow.source)) * 31 + hash(view(flow.destination))) * 31 + ports * 0x9e3779b97f4a7c15u;
}

TcpStreams::TcpStreams(const Limits& limits, TcpReader& reader) : limits_(limits), reader_(reader), marks_(kMarks) {}

void TcpStreams::add(const Flow& flow, const Segment& segment, TimePoint now) {
  expire(now);
  if (segment.syn) return note_opening(flow, segment, now);
  const auto found = index_.find(flow);
  if (found == index_.end() && (segment.payload.empty() || segment.reset || is_late(flow, segment.sequence))) return;
  const std::uint32_t id = found == index_.end() ? begin(flow, segment.sequence, now) : found->second;
  Stream& stream = streams_[id];
  stream.last = now;
  by_age_.splice(by_age_.end(), by_age_, stream.age);
  if (segment.reset) {
    const bool is_next = static_cast<std::uint32_t>(stream.position) == segment.sequence;
    return end(id, is_next ? TcpReader::Ending::closed : TcpReader::Ending::forgotten, now);
  }
  if (!segment.payload.empty()) take(id, segment.sequence, segment.payload, now);
  if (segment.fin) {
    const auto past = static_cast<std::uint32_t>(segment.sequence + segment.payload.size());
    const std::int64_t ahead = distance(static_cast<std::uint32_t>(stream.position), past);
    stream.end_position = stream.position + static_cast<std::uint64_t>(ahead);
  }
  close_at_end(id, now);
}

// Of a connection that has ended: a last segment that comes again.
bool TcpStreams::is_late(const Flow& flow, std::uint32_t sequence) {
  const Mark& known = mark(flow);
  if (known.kind != Mark::Kind::closed || !(known.flow == flow)) return false;
  const std::int32_t ahead = distance(known.sequence, sequence);
  return ahead < 0 && ahead > -kPlausibleDistance;
}

void TcpStreams::note_opening(const Flow& flow, const Segment& segment, TimePoint now) {
  const Mark opened{Mark::Kind::opened, flow, segment.sequence + 1};
  if (const auto found = index_.find(flow); found != index_.end()) {
    const Mark& known = mark(flow);
    // The same opening again, late; else the ports' next connection.
    if (known.kind == opened.kind && known.flow == flow && known.sequence == opened.sequence) return;
    end(found->second, TcpReader::Ending::closed, now);
  }
  mark(flow) = opened;
}

std::uint32_t TcpStreams::begin(const Flow& flow, std::uint32_t sequence, TimePoint now) {
  if (index_.size() >= limits_.max_streams) {
    ++counters_.evicted;
    end(by_age_.front(), TcpReader::Ending::forgotten, now);
  }
  std::uint32_t id = static_cast<std::uint32_t>(streams_.size());
  if (free_.empty()) {
    streams_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  const Mark& known = mark(flow);
  const std::int32_t after = distance(known.sequence, sequence);
  const bool is_whole =
      known.kind == Mark::Kind::opened && known.flow == flow && after >= 0 && after < kPlausibleDistance;
  Stream& stream = streams_[id];
  stream = {};
  stream.flow = flow;
  stream.position = kFirstPosition + (is_whole ? known.sequence : sequence);
  stream.age = by_age_.insert(by_age_.end(), id);
  index_.emplace(flow, id);
  reader_.begin(id, flow, is_whole ? TcpReader::Beginning::whole : TcpReader::Beginning::in_the_middle);
  return id;
}

void TcpStreams::take(std::uint32_t id, std::uint32_t sequence, std::string_view bytes, TimePoint now) {
  Stream& stream = streams_[id];
  const std::int64_t ahead = distance(static_cast<std::uint32_t>(stream.position), sequence);
  if (ahead > kPlausibleDistance || ahead < -kPlausibleDistance) {
    while (!stream.held.empty()) pass_hole(id, now);
    ++counters_.gaps;
    reader_.gap(id, now);
    stream.position = kFirstPosition + sequence;
    stream.end_position = 0;
    return take(id, sequence, bytes, now);
  }
  if (ahead > 0) return hold(id, stream.position + static_cast<std::uint64_t>(ahead), bytes, now);
  const auto known = static_cast<std::size_t>(-ahead);
  if (known >= bytes.size()) return;
  stream.position += bytes.size() - known;
  reader_.data(id, bytes.substr(known), now);
  deliver_held(id, now);
}

void TcpStreams::hold(std::uint32_t id, std::uint64_t position, std::string_view bytes, TimePoint now) {
  Stream& stream = streams_[id];
  const bool is_first = stream.held.empty();
  std::string& kept = stream.held[position];
  if (bytes.size() > kept.size()) {  // what came first stays; a longer repeat only adds to it
    if (kept.empty()) held_bytes_ += kSegmentCost;
    held_bytes_ += bytes.size() - kept.size();
    kept += bytes.substr(kept.size());
  }
  if (is_first) {
    stream.hole_since = now;
    stream.hole = holes_.insert(holes_.end(), id);
  }
  while (!stream.held.empty() && stream.held.size() > limits_.max_held_segments) pass_hole(id, now);
  while (held_bytes_ > limits_.max_held_bytes && !holes_.empty()) pass_hole(holes_.front(), now);
}

void TcpStreams::deliver_held(std::uint32_t id, TimePoint now) {
  Stream& stream = streams_[id];
  if (stream.held.empty()) return;
  while (!stream.held.empty() && stream.held.begin()->first <= stream.position) {
    auto node = stream.held.extract(stream.held.begin());
    const std::string& bytes = node.mapped();
    held_bytes_ -= bytes.size() + kSegmentCost;
    const std::uint64_t known = stream.position - node.key();
    if (known >= bytes.size()) continue;
    stream.position += bytes.size() - known;
    reader_.data(id, std::string_view(bytes).substr(known), now);
  }
  holes_.erase(stream.hole);
  if (stream.held.empty()) return;
  stream.hole_since = now;
  stream.hole = holes_.insert(holes_.end(), id);
}

void TcpStreams::pass_hole(std::uint32_t id, TimePoint now) {
  Stream& stream = streams_[id];
  ++counters_.gaps;
  reader_.gap(id, now);
  stream.position = stream.held.begin()->first;
  deliver_held(id, now);
}

void TcpStreams::close_at_end(std::uint32_t id, TimePoint now) {
  const Stream& stream = streams_[id];
  if (!stream.end_position || stream.position < stream.end_position) return;
  mark(stream.flow) = {Mark::Kind::closed, stream.flow, static_cast<std::uint32_t>(stream.end_position)};
  end(id, TcpReader::Ending::closed, now);
}

void TcpStreams::expire(TimePoint now) {
  while (!holes_.empty() && now - streams_[holes_.front()].hole_since > limits_.max_hole_age) {
    const std::uint32_t id = holes_.front();
    pass_hole(id, now);
    close_at_end(id, now);
  }
  while (!by_age_.empty() && now - streams_[by_age_.front()].last > limits_.max_silence)
    end(by_age_.front(), TcpReader::Ending::forgotten, now);
}

void TcpStreams::finish(TimePoint now) {
  while (!holes_.empty()) pass_hole(holes_.front(), now);
  while (!by_age_.empty()) end(by_age_.front(), TcpReader::Ending::forgotten, now);
}

void TcpStreams::end(std::uint32_t id, TcpReader::Ending ending, TimePoint now) {
  Stream& stream = streams_[id];
  while (!stream.held.empty()) pass_hole(id, now);
  reader_.end(id, ending, now);
  by_age_.erase(stream.age);
  index_.erase(stream.flow);
  stream = {};
  free_.push_back(id);
}

}  // namespace parsers

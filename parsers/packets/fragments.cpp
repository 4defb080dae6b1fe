#include "parsers/packets/fragments.h"

#include <algorithm>
#include <string_view>

namespace parsers {
namespace {

constexpr std::size_t kMaxPacketBytes = 65'535;
constexpr std::size_t kPieceCost = 64;  // bookkeeping of a piece, so that empty ones are not free

}  // namespace

std::size_t Fragments::KeyHash::operator()(const Key& key) const {
  const auto view = [](const IpAddress& address) {
    return std::string_view(reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size());
  };
  const std::hash<std::string_view> hash;
  return (hash(view(key.source)) * 31 + hash(view(key.destination))) * 31 + key.id * 257u + key.protocol;
}

Fragments::Place Fragments::find_or_begin(const Key& key, TimePoint now) {
  if (const auto found = index_.find(key); found != index_.end()) return found->second;
  pending_.push_back({});
  const Place place = std::prev(pending_.end());
  place->key = key;
  place->begun = now;
  index_.emplace(key, place);
  return place;
}

Fragments::Fit Fragments::fit(Pending& pending, const IpPacket& piece) const {
  const std::size_t begin = piece.fragment_offset, end = begin + piece.payload.size();
  if (end > kMaxPacketBytes || piece.is_cut || pending.pieces.size() >= limits_.max_pieces) return Fit::refused;
  if (piece.more_fragments && (piece.payload.empty() || piece.payload.size() % 8)) return Fit::refused;
  const auto next = std::lower_bound(pending.pieces.begin(), pending.pieces.end(), begin,
                                     [](const Piece& other, std::size_t at) { return other.offset < at; });
  const bool begins_like_next = next != pending.pieces.end() && next->offset == begin;
  if (begins_like_next && next->bytes == piece.payload) return Fit::repeated;
  if (next != pending.pieces.end() && next->offset < end) return Fit::refused;
  if (begins_like_next) return Fit::refused;
  if (next != pending.pieces.begin() && std::prev(next)->offset + std::prev(next)->bytes.size() > begin)
    return Fit::refused;
  const bool contradicts_end =
      pending.total && (end > pending.total || (!piece.more_fragments && end != pending.total));
  const bool cuts_others = !piece.more_fragments && next != pending.pieces.end();
  if (contradicts_end || cuts_others) return Fit::refused;
  pending.pieces.insert(next, {begin, std::string(piece.payload)});
  pending.bytes += piece.payload.size();
  if (!piece.more_fragments) pending.total = end;
  if (begin == 0) {
    pending.first = piece;
    pending.headers = piece.headers;
  }
  return Fit::added;
}

const IpPacket* Fragments::add(const IpPacket& piece, TimePoint now) {
  expire(now);
  const Key key{piece.source, piece.destination, piece.fragment_id,
                piece.source.is_v6 ? std::uint8_t{0} : piece.protocol};
  const Place place = find_or_begin(key, now);
  switch (fit(*place, piece)) {
    case Fit::repeated:
      return nullptr;
    case Fit::refused:
      ++counters_.refused;
      remove(place);
      return nullptr;
    case Fit::added:
      break;
  }
  bytes_ += piece.payload.size() + kPieceCost;
  if (place->total && place->bytes == place->total) return join(place);
  make_room(place);
  return nullptr;
}

void Fragments::make_room(Place keep) {
  while ((bytes_ > limits_.max_bytes || pending_.size() > limits_.max_packets) && pending_.size() > 1) {
    const Place oldest = pending_.begin() == keep ? std::next(pending_.begin()) : pending_.begin();
    ++counters_.incomplete;
    remove(oldest);
  }
}

void Fragments::expire(TimePoint now) {
  while (!pending_.empty() && now - pending_.front().begun > limits_.max_age) {
    ++counters_.incomplete;
    remove(pending_.begin());
  }
}

void Fragments::remove(Place place) {
  bytes_ -= place->bytes + place->pieces.size() * kPieceCost;
  index_.erase(place->key);
  pending_.erase(place);
}

const IpPacket* Fragments::join(Place place) {
  whole_ = place->first;
  whole_headers_ = std::move(place->headers);
  whole_payload_.clear();
  for (const Piece& piece : place->pieces) whole_payload_ += piece.bytes;
  // As if it had never been cut: the filter looks at it again.
  whole_headers_[whole_.protocol_at] = static_cast<char>(whole_.protocol);
  if (!whole_.source.is_v6) whole_headers_[whole_.ip_header_at + 6] = whole_headers_[whole_.ip_header_at + 7] = 0;
  whole_.headers = whole_headers_;
  whole_.payload = whole_payload_;
  whole_.is_fragment = whole_.more_fragments = false;
  remove(place);
  return &whole_;
}

}  // namespace parsers

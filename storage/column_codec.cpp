#include "storage/column_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "storage/bytes.h"

namespace storage {
namespace {

constexpr std::uint32_t kSame = 0, kNew = 1, kFirstNumber = 2;
constexpr std::size_t kPlanes = 4;
constexpr std::array<std::int64_t, 3> kTimeUnits = {1'000'000, 1'000, 1};
// A message has 1 byte each of vendor, outcome and time unit, 2 columns of planes, at most 10 bytes each of 5 varints.
constexpr std::size_t kMaxColumnBytes = 3 + 2 * kPlanes + 5 * 10;

std::uint8_t time_unit(std::int64_t micros) {
  std::uint8_t unit = 0;
  while (micros % kTimeUnits[unit] != 0) ++unit;
  return unit;
}

std::int64_t difference(std::int64_t a, std::int64_t b) {  // wraps
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

std::int64_t sum(std::int64_t a, std::int64_t b) {  // wraps
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::int64_t product(std::int64_t a, std::int64_t b) {  // wraps
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

}  // namespace

void put_host(std::string& hosts, std::uint64_t key) {
  put_fixed(hosts, static_cast<std::uint32_t>(key));
  put_fixed(hosts, static_cast<std::uint16_t>(key >> 32));
}

std::uint64_t take_host(ByteReader& hosts) {
  const auto lower = hosts.fixed<std::uint32_t>();
  return lower | std::uint64_t{hosts.fixed<std::uint16_t>()} << 32;
}

void EntryEncoder::Numbers::clear(std::size_t expected) {
  const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(2 * expected, 64));
  if (slots_.size() < wanted) {
    slots_.assign(wanted, {});
    generation_ = 0;
  }
  ++generation_;
}

std::uint32_t EntryEncoder::Numbers::find_or_add(std::uint64_t key, std::uint32_t next) {
  const std::size_t mask = slots_.size() - 1;
  // Keys are hashes already, but 'none' and sequences of test keys are not.
  for (std::size_t at = (key * 0x9e3779b97f4a7c15ull) >> 20;; ++at) {
    Slot& slot = slots_[at & mask];
    if (slot.generation != generation_) {
      slot = {key, next, generation_};
      return next;
    }
    if (slot.key == key) return slot.number;
  }
}

void EntryEncoder::add_hosts(std::span<const IndexEntry> entries) {
  numbers_.clear(entries.size());
  codes_.clear();
  std::uint64_t before = 0;
  std::uint32_t known = 0;
  for (const IndexEntry& entry : entries) {
    const std::uint64_t key = entry.host_key;
    if (key == std::exchange(before, key)) {
      codes_.push_back(kSame);
      continue;
    }
    const std::uint32_t number = numbers_.find_or_add(key, known);
    codes_.push_back(number == known ? kNew : number + kFirstNumber);
    if (number != known) continue;
    put_host(hosts_, key);
    ++known;
  }
  add_planes();
}

void EntryEncoder::add_planes() {
  const std::size_t start = columns_.size(), count = codes_.size();
  columns_.resize(start + kPlanes * count);
  for (std::size_t plane = 0; plane < kPlanes; ++plane) {
    char* out = columns_.data() + start + plane * count;
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<char>((codes_[i] >> (8 * plane)) & 0xff);
  }
}

void EntryEncoder::add_plain_columns(std::span<const IndexEntry> entries) {
  codes_.clear();
  for (const IndexEntry& entry : entries) codes_.push_back(entry.length);
  add_planes();
  for (const IndexEntry& entry : entries) columns_ += static_cast<char>(time_unit(parsers::to_micros(entry.time)));
  std::int64_t received = 0, time = 0;
  for (const IndexEntry& entry : entries) {
    const std::int64_t entry_received = parsers::to_micros(entry.received), entry_time = parsers::to_micros(entry.time);
    const std::int64_t unit = kTimeUnits[time_unit(entry_time)];
    put_varint(columns_, zigzag(difference(entry_received, received)));
    put_varint(columns_, zigzag(difference(entry_time / unit, time / unit)));
    put_varint(columns_, entry.flags);
    put_varint(columns_, entry.source);
    put_varint(columns_, entry.reason);
    received = entry_received;
    time = entry_time;
  }
}

void EntryEncoder::encode(std::span<const IndexEntry> entries, Compressor& compressor) {
  columns_.clear();
  hosts_.clear();
  for (const IndexEntry& entry : entries) columns_ += static_cast<char>(entry.vendor);
  for (const IndexEntry& entry : entries) columns_ += static_cast<char>(entry.outcome);
  add_hosts(entries);
  add_plain_columns(entries);
  out_ = compressor.compress(columns_);
}

namespace {

class EntryDecoder {
 public:
  EntryDecoder(std::string_view columns, std::vector<IndexEntry>& out) : columns_(columns), out_(out) {}

  bool decode(std::string_view host_keys) {
    const std::string_view vendors = columns_.take(out_.size()), outcomes = columns_.take(out_.size());
    if (!columns_.ok()) return false;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      out_[i].vendor = static_cast<parsers::Vendor>(vendors[i]);
      out_[i].outcome = static_cast<parsers::Outcome>(outcomes[i]);
    }
    return hosts(host_keys) && plain() && columns_.at_end();
  }

 private:
  bool planes() {
    const std::size_t count = out_.size();
    const std::string_view bytes = columns_.take(kPlanes * count);
    if (!columns_.ok()) return false;
    codes_.assign(count, 0);
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      for (std::size_t i = 0; i < count; ++i) {
        codes_[i] |= std::uint32_t{static_cast<unsigned char>(bytes[plane * count + i])} << (8 * plane);
      }
    }
    return true;
  }

  bool hosts(std::string_view host_keys) {
    if (!planes()) return false;
    ByteReader reader(host_keys);
    std::vector<std::uint64_t> known;
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      if (codes_[i] == kNew) {
        known.push_back(take_host(reader));
        key = known.back();
      } else if (codes_[i] != kSame) {
        if (codes_[i] - kFirstNumber >= known.size()) return false;
        key = known[codes_[i] - kFirstNumber];
      }
      out_[i].host_key = key;
    }
    return reader.ok() && reader.at_end();
  }

  bool plain() {
    if (!planes()) return false;
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      out_[i].offset = static_cast<std::uint32_t>(offset);
      out_[i].length = codes_[i];
      offset += codes_[i];
    }
    if (offset > kMaxBlockBytes) return false;
    const std::string_view units = columns_.take(out_.size());
    std::int64_t received = 0, time = 0;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (static_cast<unsigned char>(units[i]) >= kTimeUnits.size()) return false;
      const std::int64_t unit = kTimeUnits[static_cast<unsigned char>(units[i])];
      received = sum(received, unzigzag(columns_.varint()));
      time = product(sum(time / unit, unzigzag(columns_.varint())), unit);
      out_[i].received = parsers::from_micros(received);
      out_[i].time = parsers::from_micros(time);
      out_[i].flags = columns_.varint();
      out_[i].source = static_cast<std::uint16_t>(columns_.varint());
      out_[i].reason = static_cast<std::uint16_t>(columns_.varint());
    }
    return columns_.ok();
  }

  ByteReader columns_;
  std::vector<IndexEntry>& out_;
  std::vector<std::uint32_t> codes_;
};

}  // namespace

bool decode_entries(std::string_view hosts, std::string_view entries, std::size_t count, Decompressor& decompressor,
                    std::vector<IndexEntry>& out) {
  if (count == 0 || count > kMaxBlockEntries) return false;
  std::string columns;
  if (!decompressor.decompress(entries, count * kMaxColumnBytes, columns)) return false;
  out.assign(count, {});
  return EntryDecoder(columns, out).decode(hosts);
}

bool holds_host(std::string_view hosts, std::uint64_t key) {
  for (ByteReader reader(hosts); !reader.at_end() && reader.ok();) {
    if (take_host(reader) == key) return true;
  }
  return false;
}

}  // namespace storage

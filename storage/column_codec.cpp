#include "storage/column_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "storage/bytes.h"

namespace storage {
namespace {

constexpr std::uint32_t kExpected = 0, kNew = 1, kFirstNumber = 2;
constexpr std::size_t kPlanes = 4;
constexpr std::array<std::int64_t, 3> kTimeUnits = {1'000'000, 1'000, 1};
// A message has 1 byte each of vendor, outcome and time unit, 6 columns of planes, at most 10 bytes each of 5 varints.
constexpr std::size_t kMaxColumnBytes = 3 + 6 * kPlanes + 5 * 10;

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

// Host numbers from the codes of the host column: 0 before any host, then 1, 2 ... in order of appearance.
void number_hosts(const std::vector<std::uint32_t>& codes, std::vector<std::uint32_t>& numbers) {
  numbers.clear();
  std::uint32_t last = 0, known = 0;
  for (const std::uint32_t code : codes) {
    if (code == kNew) {
      last = ++known;
    } else if (code != kExpected) {
      last = code - kFirstNumber + 1;
    }
    numbers.push_back(last);
  }
}

}  // namespace

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

template <class KeyOf, class Expected>
void EntryEncoder::add_keys(std::size_t count, std::string& new_keys, KeyOf key_of, Expected expected) {
  numbers_.clear(count);
  codes_.resize(count);
  std::uint32_t known = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t key = key_of(i);
    if (key == expected(i)) {
      codes_[i] = kExpected;
      continue;
    }
    const std::uint32_t number = numbers_.find_or_add(key, known);
    if (number == known) {
      put_fixed(new_keys, key);
      ++known;
      codes_[i] = kNew;
    } else {
      codes_[i] = number + kFirstNumber;
    }
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

void EntryEncoder::add_key_columns(const std::vector<IndexEntry>& entries, StoreOptions::Keys kept) {
  const std::size_t count = entries.size();
  const auto before = [&](std::uint64_t IndexEntry::* key) {
    return [&entries, key](std::size_t i) { return i == 0 ? 0 : entries[i - 1].*key; };
  };
  const auto own = [&](std::uint64_t IndexEntry::* key) {
    return [&entries, key](std::size_t i) { return entries[i].*key; };
  };
  if (kept == StoreOptions::Keys::host) {
    add_keys(count, hosts_, own(&IndexEntry::host_key), before(&IndexEntry::host_key));
    return;
  }
  add_keys(count, keys_, own(&IndexEntry::url_key), before(&IndexEntry::url_key));
  add_keys(count, keys_, own(&IndexEntry::no_query_key), own(&IndexEntry::url_key));
  add_keys(count, hosts_, own(&IndexEntry::host_key), before(&IndexEntry::host_key));
  number_hosts(codes_, host_numbers_);
  add_keys(count, keys_, own(&IndexEntry::user_key), before(&IndexEntry::user_key));
  destination_of_host_.assign(count + 1, 0);
  add_keys(count, keys_, own(&IndexEntry::destination_key), [&](std::size_t i) {
    return std::exchange(destination_of_host_[host_numbers_[i]], entries[i].destination_key);
  });
}

void EntryEncoder::add_plain_columns(const std::vector<IndexEntry>& entries) {
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

void EntryEncoder::encode(const std::vector<IndexEntry>& entries, StoreOptions::Keys kept, Compressor& compressor) {
  columns_.clear();
  keys_.clear();
  hosts_.clear();
  columns_ += static_cast<char>(kept);
  for (const IndexEntry& entry : entries) columns_ += static_cast<char>(entry.vendor);
  for (const IndexEntry& entry : entries) columns_ += static_cast<char>(entry.outcome);
  add_key_columns(entries, kept);
  add_plain_columns(entries);
  const std::string_view frame = compressor.compress(columns_);
  out_.clear();
  put_fixed(out_, static_cast<std::uint32_t>(frame.size()));
  out_.append(frame).append(keys_);
}

namespace {

class EntryDecoder {
  using Key = std::uint64_t IndexEntry::*;

  auto before(Key key) const {
    return [this, key](std::size_t i) { return i == 0 ? 0 : out_[i - 1].*key; };
  }

 public:
  EntryDecoder(std::string_view columns, std::string_view keys, std::vector<IndexEntry>& out)
      : columns_(columns), keys_(keys), out_(out) {}

  bool decode(std::string_view hosts) {
    const auto kept = columns_.fixed<std::uint8_t>();
    const std::string_view vendors = columns_.take(out_.size()), outcomes = columns_.take(out_.size());
    if (!columns_.ok()) return false;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      out_[i].vendor = static_cast<parsers::Vendor>(vendors[i]);
      out_[i].outcome = static_cast<parsers::Outcome>(outcomes[i]);
    }
    ByteReader host_keys(hosts);
    if (kept == static_cast<std::uint8_t>(StoreOptions::Keys::host)) {
      if (!keys(host_keys, &IndexEntry::host_key, before(&IndexEntry::host_key))) return false;
    } else if (kept != static_cast<std::uint8_t>(StoreOptions::Keys::all) || !all_keys(host_keys)) {
      return false;
    }
    return plain() && host_keys.at_end() && keys_.at_end() && columns_.at_end();
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

  template <class Expected>
  bool keys(ByteReader& new_keys, Key key, Expected expected) {
    if (!planes()) return false;
    known_.clear();
    for (std::size_t i = 0; i < out_.size(); ++i) {
      const std::uint64_t expected_key = expected(i);
      if (codes_[i] == kExpected) {
        out_[i].*key = expected_key;
      } else if (codes_[i] == kNew) {
        known_.push_back(new_keys.fixed<std::uint64_t>());
        out_[i].*key = known_.back();
      } else if (codes_[i] - kFirstNumber < known_.size()) {
        out_[i].*key = known_[codes_[i] - kFirstNumber];
      } else {
        return false;
      }
    }
    return new_keys.ok();
  }

  bool all_keys(ByteReader& host_keys) {
    if (!keys(keys_, &IndexEntry::url_key, before(&IndexEntry::url_key)) ||
        !keys(keys_, &IndexEntry::no_query_key, [this](std::size_t i) { return out_[i].url_key; }) ||
        !keys(host_keys, &IndexEntry::host_key, before(&IndexEntry::host_key))) {
      return false;
    }
    number_hosts(codes_, host_numbers_);
    return keys(keys_, &IndexEntry::user_key, before(&IndexEntry::user_key)) && destinations();
  }

  bool destinations() {
    std::vector<std::size_t> last(out_.size() + 1, SIZE_MAX);  // message that named this host last
    return keys(keys_, &IndexEntry::destination_key, [&](std::size_t i) {
      const std::size_t named_last = std::exchange(last[host_numbers_[i]], i);
      return named_last == SIZE_MAX ? 0 : out_[named_last].destination_key;
    });
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

  ByteReader columns_, keys_;
  std::vector<IndexEntry>& out_;
  std::vector<std::uint32_t> codes_, host_numbers_;
  std::vector<std::uint64_t> known_;
};

}  // namespace

bool decode_entries(std::string_view hosts, std::string_view entries, std::size_t count, Decompressor& decompressor,
                    std::vector<IndexEntry>& out) {
  if (count == 0 || count > kMaxBlockEntries) return false;
  ByteReader reader(entries);
  const auto size = reader.fixed<std::uint32_t>();
  const std::string_view frame = reader.take(size);
  std::string columns;
  if (!reader.ok() || !decompressor.decompress(frame, 1 + count * kMaxColumnBytes, columns)) return false;
  out.assign(count, {});
  return EntryDecoder(columns, entries.substr(sizeof size + size), out).decode(hosts);
}

bool holds_host(std::string_view hosts, std::uint64_t key) {
  for (ByteReader reader(hosts); !reader.at_end() && reader.ok();) {
    if (reader.fixed<std::uint64_t>() == key) return true;
  }
  return false;
}

}  // namespace storage

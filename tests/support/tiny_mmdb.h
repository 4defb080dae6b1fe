// A MaxMind-format ASN database of a few IPv4 networks. Format: maxmind.github.io/MaxMind-DB, version 2.0.
#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace support {

class TinyMmdb {
 public:
  // `network` in host order; `length` from 1 to 32. Networks must not lie within one another.
  void add(std::uint32_t network, unsigned length, std::uint32_t asn) {
    std::size_t node = 0;
    for (unsigned depth = 0; depth < length; ++depth) {
      const unsigned bit = network >> (31 - depth) & 1;
      if (depth + 1 == length) {
        nodes_[node][bit] = {Kind::data, data_.size()};
      } else if (nodes_[node][bit].kind != Kind::node) {
        nodes_[node][bit] = {Kind::node, nodes_.size()};
        nodes_.emplace_back();
      }
      if (depth + 1 < length) node = nodes_[node][bit].value;
    }
    data_ += '\xe1' + text("autonomous_system_number") + number(6, asn, 4);
  }

  void write(const std::string& path) const {
    std::string file;
    for (const auto& node : nodes_)
      for (const Record& record : node) {
        const std::size_t value = record.kind == Kind::none   ? nodes_.size()
                                  : record.kind == Kind::node ? record.value
                                                              : nodes_.size() + 16 + record.value;
        for (const int shift : {16, 8, 0}) file += static_cast<char>(value >> shift & 0xff);
      }
    file += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
    file += '\xe9' + text("node_count") + number(6, static_cast<std::uint32_t>(nodes_.size()), 4) +
            text("record_size") + number(5, 24, 2) + text("ip_version") + number(5, 4, 2) + text("database_type") +
            text("Tiny-ASN") + text("languages") + std::string("\x00\x04", 2) + text("binary_format_major_version") +
            number(5, 2, 2) + text("binary_format_minor_version") + number(5, 0, 2) + text("build_epoch") +
            std::string("\x08\x02", 2) + std::string("\0\0\0\0\0\0\0\1", 8) + text("description") + '\xe0';
    std::ofstream(path, std::ios::binary) << file;
  }

 private:
  enum class Kind { none, node, data };
  struct Record {
    Kind kind = Kind::none;
    std::size_t value = 0;
  };

  static std::string text(std::string_view value) {
    return static_cast<char>(2 << 5 | static_cast<int>(value.size())) + std::string(value);
  }
  static std::string number(int type, std::uint32_t value, int size) {
    std::string bytes(1, static_cast<char>(type << 5 | size));
    for (int at = size - 1; at >= 0; --at) bytes += static_cast<char>(value >> (8 * at) & 0xff);
    return bytes;
  }

  std::vector<std::array<Record, 2>> nodes_{1};
  std::string data_;
};

}  // namespace support

// Ranges of addresses, IPv4 and IPv6, as [network] shared_ranges and [[listen]] allow write them.
//
//   cidr = address [ "/" prefix ]     prefix: 0 to 32 or 128; without one the single address. Bits past the prefix do
//   not count: 10.1.2.3/8 is 10.0.0.0/8. An IPv4-mapped range (::ffff:a.b.c.d/96 and longer) is the IPv4 range.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/result.h"

namespace parsers {

struct Cidr {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
  unsigned prefix = 0;                   // bits
};

// Errors: "bad_address", "bad_prefix"; the detail is a sentence that quotes `text`.
parsers::Result<Cidr> parse_cidr(std::string_view text);

// Immutable; safe to read from many threads.
class AddressRanges {
 public:
  // Throws std::invalid_argument naming the first string that is no range.
  explicit AddressRanges(const std::vector<std::string>& cidrs);
  // False for text that is no address.
  bool contains(std::string_view address) const;

 private:
  std::vector<Cidr> ranges_;
};

}  // namespace parsers

#include "parsers/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <stdexcept>

namespace parsers {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;
constexpr std::size_t kMaxAddressChars = INET6_ADDRSTRLEN;

std::optional<Cidr> parse_address(std::string_view text) {
  if (text.size() >= kMaxAddressChars || text.find('\0') != std::string_view::npos) return {};
  const std::string terminated(text);
  Cidr cidr;
  if (inet_pton(AF_INET, terminated.c_str(), cidr.bytes.data()) == 1) {
    cidr.prefix = 32;
    return cidr;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), cidr.bytes.data()) != 1) return {};
  cidr.is_v6 = true;
  cidr.prefix = 128;
  return cidr;
}

// Addresses of sign-ins and events are canonical, where a mapped address is written as IPv4.
void unmap(Cidr& cidr) {
  if (!cidr.is_v6 || cidr.prefix < kMappedBits || !std::ranges::equal(kMappedPrefix, std::span(cidr.bytes).first(12)))
    return;
  std::copy(cidr.bytes.begin() + 12, cidr.bytes.end(), cidr.bytes.begin());
  cidr.is_v6 = false;
  cidr.prefix -= kMappedBits;
}

bool covers(const Cidr& range, const Cidr& address) {
  if (range.is_v6 != address.is_v6) return false;
  const unsigned whole = range.prefix / 8, rest = range.prefix % 8;
  if (!std::equal(range.bytes.begin(), range.bytes.begin() + whole, address.bytes.begin())) return false;
  return rest == 0 || ((range.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

parsers::Error error_about(const char* code, std::size_t offset, std::string_view text, const char* what) {
  return {code, offset, "\"" + std::string(text) + "\" " + what};
}

}  // namespace

parsers::Result<Cidr> parse_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::optional<Cidr> cidr = parse_address(text.substr(0, slash));
  if (!cidr) return error_about("bad_address", 0, text, "does not begin with an IPv4 or IPv6 address");
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned prefix = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (failure != std::errc{} || end != digits.data() + digits.size() || prefix > cidr->prefix)
      return error_about("bad_prefix", slash + 1, text,
                         cidr->is_v6 ? "needs a prefix length from 0 to 128" : "needs a prefix length from 0 to 32");
    cidr->prefix = prefix;
  }
  unmap(*cidr);
  return *cidr;
}

AddressRanges::AddressRanges(const std::vector<std::string>& cidrs) {
  ranges_.reserve(cidrs.size());
  for (const std::string& text : cidrs) {
    const auto cidr = parse_cidr(text);
    if (!cidr) throw std::invalid_argument(cidr.error().detail);
    ranges_.push_back(*cidr);
  }
}

bool AddressRanges::contains(std::string_view address) const {
  std::optional<Cidr> parsed = parse_address(address);
  if (!parsed) return false;
  unmap(*parsed);
  return std::ranges::any_of(ranges_, [&](const Cidr& range) { return covers(range, *parsed); });
}

}  // namespace parsers

#include "parsers/url_host.h"

#include <arpa/inet.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include "parsers/ascii.h"
#include "parsers/percent.h"

namespace parsers {
namespace {

constexpr std::size_t kMaxNameBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxRawHostBytes = kMaxNameBytes * 12;  // UTF-8 of 4 bytes, each percent-encoded

bool read_ipv6(std::string_view text, in6_addr& address) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != text.npos) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  return inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

bool canonical_ipv6(std::string_view inner, std::string& out) {
  in6_addr address;
  if (!read_ipv6(inner.substr(0, inner.find('%')), address)) return false;
  std::array<char, INET6_ADDRSTRLEN> text{};
  // glibc writes RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups shortened.
  if (!inet_ntop(AF_INET6, &address, text.data(), text.size())) return false;
  out.assign("[").append(text.data()).append("]");
  return true;
}

// One number of WHATWG's IPv4 parser: decimal, "0x" hexadecimal, "0" octal; "0x" alone is zero.
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  unsigned base = 10;
  if (text.size() >= 2 && text[0] == '0' && text[1] == 'x') {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = hex_value(c);
    if (digit < 0 || digit >= static_cast<int>(base)) return std::nullopt;
    value = std::min<std::uint64_t>(value * base + static_cast<unsigned>(digit), 1ULL << 33);
  }
  return value;
}

// WHATWG's "ends in a number": such a host is an IPv4 address or nothing.
bool ends_in_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; }) ||
         ipv4_number(last).has_value();
}

bool canonical_ipv4(std::string& host) {
  std::array<std::uint64_t, 4> parts{};
  std::size_t count = 0;
  for (std::string_view rest = host;;) {
    const std::size_t dot = rest.find('.');
    const auto number = ipv4_number(rest.substr(0, dot));
    if (!number || count == parts.size()) return false;
    parts[count++] = *number;
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  std::uint64_t address = parts[count - 1];
  if (address >= 1ULL << (8 * (5 - count))) return false;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return false;
    address |= parts[i] << (8 * (3 - i));
  }
  const in_addr network{htonl(static_cast<std::uint32_t>(address))};
  std::array<char, INET_ADDRSTRLEN> text{};
  if (!inet_ntop(AF_INET, &network, text.data(), text.size())) return false;
  host = text.data();
  return true;
}

// Letters, digits, '-' and '_', and the signs that browsers and wildcards of the DNS take besides (WHATWG URL 3.3
// forbids none of them); without those that stand around hosts in texts.
constexpr ByteSet kNameBytes = ByteSet("-_.~!$&+'").add_range('a', 'z').add_range('0', '9');
constexpr ByteSet kForeign = ByteSet().add_range(0x80, 0xff);

// UTS #46 without the transitional mappings, as browsers do; the result can hold any ASCII and is checked as such.
bool to_ascii(std::string& host) {
  char* raw = nullptr;
  const int status = idn2_to_ascii_8z(host.c_str(), &raw, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, decltype(&idn2_free)> ascii(raw, idn2_free);
  if (status != IDN2_OK || !ascii) return false;
  host = ascii.get();
  return true;
}

// Makes `host` lower case and drops its trailing dot; false when it is no name of labels of 1 to 63 bytes.
bool fold_name(std::string& host) {
  std::size_t label = 0;
  for (char& c : host) {
    c = to_lower(c);
    const bool is_dot = c == '.';
    if (!kNameBytes.has(c) || (is_dot ? label == 0 : label == kMaxLabelBytes)) return false;
    label = is_dot ? 0 : label + 1;
  }
  if (host.ends_with('.')) host.pop_back();
  return !host.empty() && host.size() <= kMaxNameBytes;
}

}  // namespace

bool is_ipv6(std::string_view text) {
  in6_addr address;
  return read_ipv6(text, address);
}

bool canonical_host(std::string_view text, std::string& out) {
  if (text.empty() || text.size() > kMaxRawHostBytes) return false;
  if (text.front() == '[') {
    return text.back() == ']' && canonical_ipv6(text.substr(1, text.size() - 2), out);
  }
  out.clear();
  if (text.find('%') == text.npos) {
    out = text;
  } else {
    append_percent_decoded(text, out);
  }
  if (fold_name(out)) return !ends_in_number(out) || canonical_ipv4(out);
  if (!kForeign.is_in(out) || out.find('\0') != out.npos || !to_ascii(out) || !fold_name(out)) return false;
  return !ends_in_number(out) || canonical_ipv4(out);
}

}  // namespace parsers

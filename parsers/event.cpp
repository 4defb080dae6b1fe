#include "parsers/event.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "parsers/ascii.h"
#include "parsers/lanes.h"
#include "parsers/words.h"

namespace parsers {
namespace {

constexpr std::size_t kMaxAddressBytes = 64;  // INET6_ADDRSTRLEN is 46; room for a zone
constexpr ByteSet kAround = ByteSet(" \t\r\n\"[]|");

// Whether `text` is dotted IPv4 as it stands in canonical text, which is how nearly every device writes it: four
// numbers up to 255 without leading zeros, one of them not 0. No step depends on what the digits are.
bool is_canonical_v4(std::string_view text) {
  constexpr std::size_t kShortest = 7, kLongest = 15;
  if (text.size() < kShortest || text.size() > kLongest) return false;
  const Lanes lanes(Word::of(text));
  const unsigned end = 1u << text.size();
  const unsigned digits = lanes.within('0', '9').bits(), dots = lanes.equal('.').bits();
  const unsigned starts = dots << 1 | 1, ends = dots | end;
  const unsigned zeros = lanes.equal('0').bits(), twos = lanes.equal('2').bits(), fives = lanes.equal('5').bits();
  const unsigned from_three = lanes.within('3', '9').bits(), from_six = lanes.within('6', '9').bits();
  const unsigned threes = starts & digits & digits >> 1 & digits >> 2;  // where a number of three digits starts
  const unsigned two_dots = dots & (dots - 1), last_dot = two_dots & (two_dots - 1);
  const bool has_three_dots = last_dot != 0 && (last_dot & (last_dot - 1)) == 0;
  const bool is_shaped = (digits | dots) == end - 1 && has_three_dots && (starts & ends) == 0;
  const unsigned too_long = threes & digits >> 3;
  const unsigned too_large = threes & (from_three | (twos & (from_six | (fives & from_six >> 1)) >> 1));
  const unsigned led_by_zero = starts & zeros & ~(ends >> 1);
  return is_shaped && (too_long | too_large | led_by_zero) == 0 && (digits & ~zeros) != 0;
}

std::string_view strip(std::string_view text) {
  text = kAround.trim(text);
  if (text.find(':') != std::string_view::npos) text = text.substr(0, text.find('%'));
  while (text.ends_with(']')) text.remove_suffix(1);
  return text;
}

void append_number(unsigned value, unsigned base, std::string& out) {
  std::array<char, 8> digits{};
  std::size_t count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  while (count > 0) out += digits[--count];
}

bool append_v4(const unsigned char* octets, std::string& out) {
  if (std::all_of(octets, octets + 4, [](unsigned char octet) { return octet == 0; })) return false;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) out += '.';
    append_number(octets[i], 10, out);
  }
  return true;
}

// RFC 5952 4.2: the longest run of two or more zero groups, the first of equals, becomes "::".
void append_v6(const std::array<unsigned char, 16>& octets, std::string& out) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(octets[2 * i] << 8 | octets[2 * i + 1]);
  std::size_t run_at = 8, run_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > run_length) {
      run_at = i;
      run_length = end - i;
    }
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == run_at) {
      out += "::";
      i += run_length - 1;
      continue;
    }
    if (i > 0 && out.back() != ':') out += ':';
    append_number(groups[i], 16, out);
  }
}

bool is_mapped(const std::array<unsigned char, 16>& octets) {
  return std::all_of(octets.begin(), octets.begin() + 10, [](unsigned char octet) { return octet == 0; }) &&
         octets[10] == 0xff && octets[11] == 0xff;
}

}  // namespace

const char* to_string(Vendor vendor) {
  switch (vendor) {
    case Vendor::paloalto:
      return "Palo Alto Networks";
    case Vendor::fortinet:
      return "Fortinet";
    case Vendor::checkpoint:
      return "Check Point";
    case Vendor::zscaler:
      return "Zscaler";
    case Vendor::unknown:
      break;
  }
  return "unknown";
}

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::allowed:
      return "allowed";
    case Outcome::warned:
      return "warned";
    case Outcome::blocked:
      return "blocked";
    case Outcome::unknown:
      break;
  }
  return "unknown";
}

void Event::clear() {
  time = {};
  vendor = Vendor::unknown;
  for (std::string* text : {&product, &user, &account, &user_raw, &url.scheme, &url.host, &url.path, &url.query,
                            &url_raw, &source_address, &destination_address, &action}) {
    text->clear();
  }
  user_match = UserMatch::none;
  has_url = false;
  url.port = 0;
  url.scheme_inferred = false;
  outcome = Outcome::unknown;
  record_key = 0;
  flags.clear();
}

bool canonical_address(std::string_view text, std::string& out) {
  if (is_canonical_v4(text)) {
    out = text;
    return true;
  }
  out.clear();
  text = strip(text);
  if (text.empty() || text.size() >= kMaxAddressBytes || text.find('\0') != std::string_view::npos) return false;
  std::array<char, kMaxAddressBytes> terminated{};
  std::memcpy(terminated.data(), text.data(), text.size());
  std::array<unsigned char, 16> octets{};
  if (inet_pton(AF_INET, terminated.data(), octets.data()) == 1) return append_v4(octets.data(), out);
  if (inet_pton(AF_INET6, terminated.data(), octets.data()) != 1) return false;
  if (is_mapped(octets)) return append_v4(octets.data() + 12, out);
  if (std::ranges::all_of(octets, [](unsigned char octet) { return octet == 0; })) return false;
  append_v6(octets, out);
  return true;
}

std::string canonical_address(std::string_view text) {
  std::string address;
  canonical_address(text, address);
  return address;
}

}  // namespace parsers

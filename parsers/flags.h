// What was repaired in a message, or is doubtful about it. Names are stable: they stand in `explain`, metrics and
// findings.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace parsers {

enum class Flag : std::uint8_t {
  no_pri,                 // the syslog header has no priority
  no_syslog_header,       // the message begins with CEF
  nested_header,          // one syslog header inside another; the inner one was taken
  octet_count_in_text,    // a relay left the frame's count in the message
  time_without_year,      // the year was inferred from the time received
  time_without_zone,      // the input's `timezone` was applied
  time_from_header,       // the device's own time is missing or unreadable; the syslog header's was taken
  time_from_receipt,      // no readable time at all; the time received was taken
  future_time,            // device time is more than a day after receipt
  cef_prefix_repaired,    // "CEF: 0|", a bare "0|", or another damaged prefix
  header_fields_missing,  // fewer than the 7 fields of the specification
  header_field_extra,     // one empty field too many
  unescaped_equals,       // a value holds '=' without a backslash
  unknown_escape,         // a backslash that escapes nothing was kept
  duplicate_key,          // a key came more than once; see CefField::superseded
  odd_key,                // a key with characters outside the specification
  embedded_field,         // a value holds text that looks like another field; it was not taken as one
  raw_newline,            // a value holds a raw CR or LF
  invalid_utf8,           // bytes that are no UTF-8 were read as Latin-1
  control_escaped,        // '#012'-style escapes of a relay were undone
  url_scheme_inferred,    // the device sent no scheme; app or port told it
  url_host_joined,        // the device sent a path; the host comes from another field
  url_host_only,          // no path is known (TLS not decrypted)
  url_not_a_url,          // the URL field holds a file name or other text
  url_unreadable,         // the URL field could not be read
  user_unmapped,          // a user that no domain and no map turns into a user principal name
  user_placeholder,       // the user field holds a location, a department or an obfuscated number
  key_forged,             // a second value for a field, from inside text that a client controls, was refused
  native_row,             // the device sends its native format instead of CEF
  count_                  // number of flags
};

std::string_view to_string(Flag flag);

class Flags {
 public:
  void set(Flag flag) { bits_ |= bit(flag); }
  bool has(Flag flag) const { return (bits_ & bit(flag)) != 0; }
  void merge(Flags other) { bits_ |= other.bits_; }
  void clear() { bits_ = 0; }
  std::uint64_t bits() const { return bits_; }
  static Flags from_bits(std::uint64_t bits) {
    Flags flags;
    flags.bits_ = bits;
    return flags;
  }
  std::vector<std::string_view> names() const;

 private:
  static std::uint64_t bit(Flag flag) { return std::uint64_t{1} << static_cast<unsigned>(flag); }
  std::uint64_t bits_ = 0;
};
static_assert(static_cast<unsigned>(Flag::count_) <= 64);

}  // namespace parsers

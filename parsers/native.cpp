#include "parsers/native.h"

#include <algorithm>
#include <array>

namespace parsers {
namespace {

constexpr std::array<std::string_view, 16> kPaloAltoTypes = {
    "THREAT",     "TRAFFIC", "SYSTEM",      "CONFIG", "GLOBALPROTECT", "HIPMATCH", "HIP-MATCH", "USERID",
    "DECRYPTION", "TUNNEL",  "CORRELATION", "GTP",    "SCTP",          "IPTAG",    "AUDIT",     "AUTHENTICATION"};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

bool is_serial(std::string_view field) {
  return field.size() >= 5 && std::ranges::all_of(field, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
         });
}

// The log type is the fourth field, behind the serial number of the device.
bool is_paloalto(std::string_view text) {
  std::array<std::string_view, 4> last;
  for (std::size_t fields = 1; fields <= 5; ++fields) {
    const auto comma = text.find(',');
    if (comma == text.npos) return false;
    std::shift_left(last.begin(), last.end(), 1);
    last.back() = text.substr(0, comma);
    text.remove_prefix(comma + 1);
    if (fields >= 4 && is_serial(last[2]) && std::ranges::find(kPaloAltoTypes, last[3]) != kPaloAltoTypes.end()) {
      return true;
    }
  }
  return false;
}

bool is_fortinet(std::string_view text) {
  return has(text, "logid=") && has(text, "type=") &&
         (has(text, "devid=") || has(text, "devname=") || has(text, "vd="));
}

bool is_checkpoint(std::string_view text) {
  const bool bracketed =
      has(text, "[action:\"") || has(text, "[flags:\"") || has(text, "; loguid:\"") || has(text, " loguid:\"");
  return bracketed || (has(text, "ifdir=") && (has(text, "loguid=") || has(text, "product=")));
}

}  // namespace

Vendor recognise_native(std::string_view message) {
  const std::string_view text = message.substr(0, kNativeLookBytes);
  if (is_paloalto(text)) return Vendor::paloalto;
  if (is_fortinet(text)) return Vendor::fortinet;
  if (is_checkpoint(text)) return Vendor::checkpoint;
  return Vendor::unknown;
}

}  // namespace parsers

#include "parsers/native.h"

#include <algorithm>
#include <array>

#include "parsers/ascii.h"

namespace parsers {
namespace {

constexpr std::array<std::string_view, 16> kPaloAltoTypes = {
    "THREAT",     "TRAFFIC", "SYSTEM",      "CONFIG", "GLOBALPROTECT", "HIPMATCH", "HIP-MATCH", "USERID",
    "DECRYPTION", "TUNNEL",  "CORRELATION", "GTP",    "SCTP",          "IPTAG",    "AUDIT",     "AUTHENTICATION"};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

bool is_serial(std::string_view field) {
  return field.size() >= 5 && std::ranges::all_of(field, [](char c) { return is_alnum(c) || c == '-'; });
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
    if (fields >= 4 && is_serial(last[2]) && is_paloalto_log_type(last[3])) {
      return true;
    }
  }
  return false;
}

// Whether `name` ("logid=") begins the text or follows what may stand between two pairs.
bool has_pair(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    if (at == 0 || text[at - 1] == ' ' || text[at - 1] == ',' || text[at - 1] == '>') return true;
  }
  return false;
}

bool is_fortinet(std::string_view text) {
  const bool has_device = has_pair(text, "devid=") || has_pair(text, "devname=") || has_pair(text, "vd=");
  return (has_pair(text, "type=") || has_pair(text, "subtype=")) &&
         has_pair(text, "logid=") + has_device + has_pair(text, "eventtime=") >= 2;
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

bool is_paloalto_log_type(std::string_view field) {
  return std::ranges::find(kPaloAltoTypes, field) != kPaloAltoTypes.end();
}

bool read_native(Vendor vendor, std::string_view row, NativeScratch& scratch, CefMessage& out) {
  if (vendor == Vendor::paloalto) return read_paloalto_csv(row, scratch, out);
  if (vendor == Vendor::fortinet) return read_fortinet_pairs(row, scratch, out);
  out.clear();
  return false;
}

std::string_view native_advice(Vendor vendor) {
  switch (vendor) {
    case Vendor::paloalto:
      return "PAN-OS sends CSV: threat, URL, traffic, system and GlobalProtect logs are read; for all columns of other "
             "log types give them a CEF template (Device > Server Profiles > Syslog > Custom Log Format).";
    case Vendor::fortinet:
      return "FortiGate sends key=value, which is read; CEF gives Sentinel's own columns: config log syslogd setting, "
             "set format cef, end.";
    case Vendor::checkpoint:
      return "Check Point sends its native format, which is not read; switch with: cp_log_export set name NAME format "
             "cef; cp_log_export restart name NAME.";
    default:
      return "";
  }
}

}  // namespace parsers

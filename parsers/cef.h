// Reads Common Event Format, versions 0 and 1, as devices really send it. Views into the message, nothing copied.
//
//   cef       = "CEF:" [SP] version "|" vendor "|" product "|" version "|" signature-id "|" name "|" severity "|" ext
//   ext       = *( key "=" value SP )
//   key       = ( ALPHA / DIGIT / "_" / %x80-FF ) *( ALPHA / DIGIT / "_" / "." / "-" / "[" / "]" / %x80-FF )
//
// Escapes: "\|" and "\\" in the header; "\=" "\\" "\n" "\r" in a value. A key begins the extension or follows a blank
// or TAB; every other '=' belongs to the value that it stands in, escaped or not. Of several fields of one key the last
// counts, unless text that a client controls may have forged it: see cef_doubt.cpp.
//
// Source: ArcSight Common Event Format v25 (2017) and Implementation Standard v26. Where real lines leave the
// specification the reading is the one that loses the least, and a Flag says so.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/cef_fields.h"
#include "parsers/cef_keys.h"
#include "parsers/flags.h"
#include "parsers/result.h"

namespace parsers {

inline constexpr std::size_t kMaxCefFields = 4096;  // the value of the last one holds what follows

class CefMessage {
 public:
  int version = 0;
  // Header fields as sent (escapes in place); empty when missing.
  std::string_view device_vendor, device_product, device_version, signature_id, name, severity;
  CefFields extension;  // in the message's order, duplicates kept
  Flags flags;
  bool is_ascii = false;  // no byte outside ASCII stands in the message; false also where nobody looked

  // The field that counts for a known key, or nullptr. Constant time.
  const CefField* find(CefKey key) const {
    if (key == CefKey::unknown) return nullptr;
    const std::int16_t slot = slots_[static_cast<std::size_t>(key)];
    return slot == 0 ? nullptr : &extension[static_cast<std::size_t>(slot - 1)];
  }
  // The same for any key; linear. Of several fields of an unknown key the last counts.
  const CefField* find(std::string_view key) const;
  // The value of a known key, unescaped; "" when absent. In users and paths "\n" and "\r" between two other characters
  // stay as they are, for "CORP\nina" is no line break. Points into the message, or into `scratch` where escapes had
  // to be undone; valid until either changes.
  std::string_view value(CefKey key, std::string& scratch) const {
    const CefField* field = find(key);
    return field == nullptr ? std::string_view() : value(*field, scratch);
  }
  static std::string_view value(const CefField& field, std::string& scratch) {
    return field.has_escape ? unescaped(field, scratch) : field.raw;
  }

  void clear();

 private:
  static std::string_view unescaped(const CefField& field, std::string& scratch);
  friend class CefReader;
  friend class CefBuilder;
  // Gives field number `count`, counted from one, the slot of its key; false when a field of its key has it already.
  bool take_slot(CefKey id, std::size_t count) {
    std::int16_t& slot = slots_[static_cast<std::size_t>(id)];
    if (slot != 0) return false;
    slot = static_cast<std::int16_t>(count);
    return true;
  }
  void number_fields();                             // slots_ anew, from the fields that are not superseded
  std::array<std::int16_t, kCefKeyCount> slots_{};  // index into extension, plus one; 0 when absent
};

// `text` begins at the payload (SyslogMessage::rest). Fails ("not_cef", "cef_header_cut") only when no CEF header can
// be made out; everything else is kept and flagged. Reuse `out`: in the steady state nothing is allocated.
Result<void> parse_cef(std::string_view text, CefMessage& out);

// One-pass unescape of an extension value; an escape that means nothing keeps its backslash. Returns `raw` itself when
// there is nothing to undo, else a view of `scratch`.
// "#011", "#012" and "#015" of a relay are undone as well, outside of paths and URLs.
std::string_view unescape_value(std::string_view raw, std::string& scratch);
std::string_view unescape_header(std::string_view raw, std::string& scratch);

}  // namespace parsers

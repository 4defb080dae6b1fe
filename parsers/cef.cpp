#include "parsers/cef.h"

#include <algorithm>

#include "parsers/cef_header.h"
#include "parsers/cef_reader.h"
#include "parsers/cef_unescape.h"
#include "parsers/utf8.h"

namespace parsers {

const CefField* CefMessage::find(std::string_view key) const {
  const CefKey id = find_cef_key(key);
  if (id != CefKey::unknown) return find(id);
  const auto found =
      std::find_if(extension.rbegin(), extension.rend(), [key](const CefField& field) { return field.key == key; });
  return found == extension.rend() ? nullptr : &*found;
}

std::string_view CefMessage::unescaped(const CefField& field, std::string& scratch) {
  return unescape(field.raw, is_single_word_key(field.id) ? LineBreaks::keep_within_words : LineBreaks::undo, scratch);
}

void CefMessage::clear() {
  version = 0;
  device_vendor = device_product = device_version = signature_id = name = severity = {};
  extension.clear();
  flags.clear();
  is_ascii = false;
  slots_.fill(0);
}

void CefMessage::number_fields() {
  slots_.fill(0);
  for (std::size_t i = 0; i < extension.size(); ++i) {
    const CefField& field = extension[i];
    if (field.id == CefKey::unknown || field.superseded) continue;
    slots_[static_cast<std::size_t>(field.id)] = static_cast<std::int16_t>(i + 1);
  }
}

Result<void> parse_cef(std::string_view text, CefMessage& out) {
  out.clear();
  text = kMessageEnd.trim_end(text);
  const auto extension = read_cef_header(text, out);
  if (!extension) return extension.error();
  const unsigned rare = CefReader{text.substr(*extension), out}.read();
  out.is_ascii = (rare & kForeign) == 0 && is_ascii(text.substr(0, *extension));
  return {};
}

}  // namespace parsers

#include "parsers/cef.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static parsers::CefMessage message;
  std::string scratch;
  if (!parsers::parse_cef({reinterpret_cast<const char*>(data), size}, message)) return 0;
  const char* at = reinterpret_cast<const char*>(data);
  for (const auto& field : message.extension) {
    if (field.raw.data() < at || field.raw.data() + field.raw.size() > at + size) __builtin_trap();
    if (parsers::unescape_value(field.raw, scratch).size() > field.raw.size()) __builtin_trap();
    const parsers::CefField* counting = message.find(field.id);
    if (counting && counting->superseded) __builtin_trap();
  }
  return 0;
}

// Whatever a native row holds, its fields are views of what lives, and at most one field of a known key counts.
#include "parsers/native.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static parsers::CefMessage message;
  static parsers::NativeScratch scratch;
  const std::string row(reinterpret_cast<const char*>(data), size);
  std::string value;
  for (const parsers::Vendor vendor : {parsers::Vendor::paloalto, parsers::Vendor::fortinet}) {
    if (!parsers::read_native(vendor, row, scratch, message)) continue;
    for (const parsers::CefField& field : message.extension) {
      static_cast<void>(parsers::unescape_value(field.raw, value));
      const parsers::CefField* counting = message.find(field.id);
      if (counting && counting->superseded) __builtin_trap();
    }
  }
  static_cast<void>(parsers::recognise_native(row));
  return 0;
}

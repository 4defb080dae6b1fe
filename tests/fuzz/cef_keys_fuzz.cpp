#include "parsers/cef_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto key = parsers::find_cef_key(text);
  if (key != parsers::CefKey::unknown && to_string(key) != text) __builtin_trap();
  return 0;
}

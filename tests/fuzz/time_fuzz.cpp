#include "parsers/time.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto time = parsers::parse_rfc3339({reinterpret_cast<const char*>(data), size});
  if (!time) return 0;
  const std::string text = parsers::format_rfc3339(*time);
  const auto again = parsers::parse_rfc3339(text);
  if (!again || parsers::format_rfc3339(*again) != text) __builtin_trap();
  return 0;
}

#include "parsers/timestamp.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  parsers::Flags flags;
  const auto zone = cctz::fixed_time_zone(std::chrono::hours{2});
  const auto time = parsers::parse_device_time(text, parsers::from_micros(1'764'000'000'000'000), zone, flags);
  if (time && !parsers::parse_rfc3339(parsers::format_rfc3339(*time))) __builtin_trap();
  return 0;
}

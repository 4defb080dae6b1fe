#include "parsers/syslog.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto received = parsers::from_micros(1'764'000'000'000'000);
  const auto message = parsers::parse_syslog(text, received, cctz::utc_time_zone());
  if (message.rest_offset + message.rest.size() > size) __builtin_trap();
  if (!message.rest.empty() && message.rest.data() != text.data() + message.rest_offset) __builtin_trap();
  if (message.pri && (*message.pri < 0 || *message.pri > 191)) __builtin_trap();
  return 0;
}

#include "parsers/columns.h"
#include "parsers/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto syslog = parsers::parse_syslog(text, parsers::TimePoint{}, cctz::utc_time_zone());
  static parsers::CefMessage cef;
  if (!parsers::parse_cef(syslog.rest, cef)) return 0;
  for (const auto& column : parsers::common_security_log(syslog, cef, parsers::TimePoint{})) {
    if (column.value.empty() || !parsers::is_utf8(column.value)) __builtin_trap();
  }
  return 0;
}

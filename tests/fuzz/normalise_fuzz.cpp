#include "parsers/normalise.h"

#include "parsers/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static parsers::Normalised out;
  const parsers::NormaliseContext context{
      .received = parsers::from_micros(1'718'452'800'000'000), .zone = cctz::utc_time_zone(), .identity = nullptr};
  parsers::normalise({reinterpret_cast<const char*>(data), size}, context, out);
  const parsers::Event& event = out.event;
  for (const std::string* text : {&event.user, &event.account, &event.user_raw, &event.url_raw, &event.action}) {
    if (!parsers::is_utf8(*text)) __builtin_trap();
  }
  if (out.has_event && event.time > context.received + parsers::kMaxClockAhead) __builtin_trap();
  return 0;
}

#include <doctest/doctest.h>

#include <string>

#include "parsers/cef.h"
#include "parsers/syslog.h"
#include "tests/parsers/allocations.h"

TEST_CASE("cef: reading into a used message allocates nothing") {
  using namespace parsers;
  const std::string messages[] = {
      "<14>Apr  7 10:10:10 fw01 CEF:0|V|P|1|1|n|5|src=192.0.2.1 suser=CORP\\\\bob request=\"h.example/ suser=x\" act=a",
      "<14>1 2025-04-07T10:10:10Z fw01 - - - - CEF:0||V|P|1|1|n|5|suser=a msg=b suser=c x=1 y=2 z=3",
  };
  CefMessage message;
  std::string scratch;
  std::size_t sizes = 0;
  const auto read_all = [&] {
    for (const auto& text : messages) {
      const auto syslog = parse_syslog(text, TimePoint{}, cctz::utc_time_zone());
      if (parse_cef(syslog.rest, message)) sizes += message.value(CefKey::suser, scratch).size();
    }
  };
  read_all();
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) read_all();
  CHECK(allocations == before);
  CHECK(sizes > 0);
}
